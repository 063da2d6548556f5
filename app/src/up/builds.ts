// The two things that are built: the interface and the agent's bundle, each only when it is older than its sources.

import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { runToEnd } from '@secumon/infra/embedded/child'
import { AGENT_BUNDLE } from '../agent-bundle.ts'
import type { Outcome } from './steps.ts'

/** The checkout or installation that this file is part of. */
export const ROOT = join(import.meta.dirname, '../../..')

export const UI_DIRECTORY = join(ROOT, 'ui/dist')

const BUILD_TIMEOUT_MS = 180_000
const guard = { signal: 'SIGTERM', afterS: 0 } as const

/** Builds the interface when it is missing or older than its sources. */
export async function buildInterface(): Promise<Outcome<string>> {
  const sources = ['ui/src', 'ui/public', 'ui/index.html', 'ui/vite.config.ts', 'contracts/src'].map(inRoot)
  const state = await compare(join(UI_DIRECTORY, 'index.html'), sources)
  if (state !== 'stale') return { line: `interface ${said[state]}`, value: UI_DIRECTORY }
  const scratch = join(ROOT, '.cache', `ui-${process.pid}`)
  const args = [vitePath(), 'build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', scratch]
  try {
    await mkdir(scratch, { recursive: true })
    await runToEnd(process.execPath, args, { cwd: inRoot('ui'), timeoutMs: BUILD_TIMEOUT_MS, guard })
    // Swapped when whole, so that an interrupted build is never served.
    await rm(UI_DIRECTORY, { recursive: true, force: true })
    await rename(scratch, UI_DIRECTORY)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { line: 'interface built', value: UI_DIRECTORY }
}

/** Bundles the agent when the bundle is missing or older than its sources. */
export async function buildAgent(): Promise<Outcome<string>> {
  const state = await compare(AGENT_BUNDLE, ['edge/src', 'edge/build.ts', 'contracts/src'].map(inRoot))
  if (state !== 'stale') return { line: `agent ${said[state]}`, value: AGENT_BUNDLE }
  await runToEnd(process.execPath, [inRoot('edge/build.ts')], {
    cwd: ROOT,
    timeoutMs: BUILD_TIMEOUT_MS,
    guard,
  })
  return { line: 'agent built', value: AGENT_BUNDLE }
}

/** The program of the interface's bundler. */
export const vitePath = (): string =>
  join(dirname(createRequire(inRoot('ui/package.json')).resolve('vite/package.json')), 'bin/vite.js')

const inRoot = (path: string): string => join(ROOT, path)
const said = { fresh: 'is up to date', prebuilt: 'came ready-made' } as const

async function compare(product: string, sources: readonly string[]): Promise<'fresh' | 'stale' | 'prebuilt'> {
  const made = await stat(product).catch(() => undefined)
  const newest = Math.max(...(await Promise.all(sources.map(newestMs))))
  if (made === undefined) return 'stale'
  if (newest === 0) return 'prebuilt'
  return made.mtimeMs >= newest ? 'fresh' : 'stale'
}

/** When the newest file there was changed; 0 when there is none. */
async function newestMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const inside = await readdir(path, { recursive: true, withFileTypes: true })
  const files = inside.filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
  const times = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs),
  )
  return Math.max(0, ...times)
}
