// The release before this one, as it was: its sources out of git's history, beside the packages of this checkout. Stories
// of an upgrade run it to make the data that the present code must read.

import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runToEnd } from '@secumon/infra/embedded/child'
import type { Release } from './platform.ts'

/** The commit that is taken for the last release. */
export const LAST_RELEASE = '860a40c75ea28d7139ff3b5023e975437c23f79c'
/** Settings that came after it: it would refuse to start with them. */
const UNKNOWN = ['SECUMON_RESERVE_MB']

const ROOT = join(import.meta.dirname, '../..')
const TIMEOUT_MS = 60_000

export type LastRelease = Release & {
  /** Its fleet of agents. */
  readonly fleet: string
}

/** Unpacks it into a new directory. @throws Error when git's history does not go back to it */
export async function unpackLastRelease(directory: string): Promise<LastRelease> {
  await mkdir(directory)
  const archive = `${directory}.tar`
  await git('archive', '--output', archive, LAST_RELEASE).catch((cause: unknown) => {
    throw new Error(`the history here does not go back to ${LAST_RELEASE}: fetch it whole (--unshallow)`, {
      cause,
    })
  })
  await runToEnd('tar', ['-xf', archive, '-C', directory], { timeoutMs: TIMEOUT_MS })
  await linkPackages(directory)
  const program = join(directory, 'app/src/secumon.ts')
  return { program, unknown: UNKNOWN, fleet: join(directory, 'e2e/src/story-fleet.ts') }
}

const git = (...args: readonly string[]): Promise<string> =>
  runToEnd('git', ['-C', ROOT, ...args], { timeoutMs: TIMEOUT_MS })

// Packages of others are those of this checkout; our own are the release's.
async function linkPackages(directory: string): Promise<void> {
  const [from, to] = [join(ROOT, 'node_modules'), join(directory, 'node_modules')]
  await mkdir(join(to, '@secumon'), { recursive: true })
  for (const name of await readdir(from))
    if (name !== '@secumon') await symlink(join(from, name), join(to, name))
  for (const room of await readdir(join(from, '@secumon')))
    await symlink(join(directory, room), join(to, '@secumon', room))
}
