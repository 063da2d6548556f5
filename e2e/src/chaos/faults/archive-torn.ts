// The archiver killed in the moment in which it writes, and what a power cut leaves at the end of a file: bytes of a write
// that never came to its end.

import { createHash } from 'node:crypto'
import { appendFile, glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../eventually.ts'
import type { FaultKind } from '../fault.ts'
import type { Scene } from '../scene.ts'

const CATCH_MS = 10_000

export const archiveTorn: FaultKind = {
  name: 'archive torn',
  weight: 2,
  draw: (draw) => {
    const bytes = draw.between(1, 5_000)
    return {
      target: 'archiver',
      how: `${bytes} bytes`,
      forMs: draw.between(0, 1_500),
      strike: async (scene) => {
        const file = await fileBeingWritten(scene)
        await scene.process('archiver').end('SIGKILL')
        await tear(file, bytes)
      },
      mend: (scene) => scene.process('archiver').ensureUp(),
    }
  },
}

/** The open segment that grows next. */
async function fileBeingWritten(scene: Scene): Promise<string> {
  const root = join(scene.options.directory, 'data', 'archive')
  const before = await openSizes(root)
  const grown = async () =>
    [...(await openSizes(root))].find(([file, size]) => size > (before.get(file) ?? size))?.[0]
  return eventually('the archive is written', grown, { timeoutMs: CATCH_MS, everyMs: 1 })
}

async function openSizes(root: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for await (const path of glob('.open-*/*.telemetry.*', { cwd: root }))
    sizes.set(join(root, path), (await stat(join(root, path))).size)
  return sizes
}

// A block that says it is longer than what came of it.
async function tear(file: string, bytes: number): Promise<void> {
  const torn = Buffer.alloc(bytes, createHash('sha256').update(file).digest())
  const length = Buffer.alloc(4)
  length.writeUInt32LE(2 * bytes)
  await appendFile(file, Buffer.concat([length, torn]))
}
