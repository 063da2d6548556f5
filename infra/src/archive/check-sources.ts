// Every segment file of the archive with its name and its real size, also those that no reader can make sense of.

import type { ArchiveStore } from './archive.ts'
import { nextBlock, wholeBlock } from './check-resync.ts'
import type { CheckSource } from './check-segment.ts'
import { keyOf } from './collect-segments.ts'
import { FileWindow, readHandle } from './file-window.ts'
import { listSealed, type ListedSegment } from './listed-segments.ts'
import { LocalSegments } from './local-segments.ts'

export type CheckPlaces = { readonly directory: string; readonly store: ArchiveStore }

export class CheckSources {
  readonly all: readonly CheckSource[]
  readonly #local: LocalSegments

  constructor(all: readonly CheckSource[], local: LocalSegments) {
    this.all = all
    this.#local = local
  }

  /** Open files first and once more after the listing, so that a segment that is sealed meanwhile is among them. */
  static async look({ directory, store }: CheckPlaces): Promise<CheckSources> {
    const local = new LocalSegments()
    try {
      await local.look(directory)
      const listed = await listSealed(store)
      await local.look(directory)
      const sealed = new Map(listed.map((segment) => [keyOf(segment), sealedSource(store, segment)]))
      for (const { handle, ...segment } of local.waiting.values())
        if (!sealed.has(keyOf(segment)))
          sealed.set(keyOf(segment), { ...segment, named: segment, read: readHandle(handle) })
      const open = await openSources(local, new Set(sealed.keys()))
      return new CheckSources([...sealed.values(), ...open], local)
    } catch (error) {
      await local.close()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local.close()
  }
}

const sealedSource = (store: ArchiveStore, segment: ListedSegment): CheckSource => ({
  ...segment,
  named: segment,
  read: (offset, length) => store.read(segment.name, { offset, length }),
})

async function openSources(local: LocalSegments, sealed: ReadonlySet<string>): Promise<CheckSource[]> {
  const sources: CheckSource[] = []
  for (const { handle, path: name, ...segment } of local.open.values()) {
    if (sealed.has(keyOf(segment))) continue
    const { size: sizeBytes } = await handle.stat()
    sources.push({ ...segment, name, state: 'open', sizeBytes, read: readHandle(handle) })
  }
  return sources
}

/** By its name, or by its first block while it is open; 0 when it has none. */
export async function firstFlushOf({ named, read, sizeBytes }: CheckSource): Promise<number> {
  if (named) return named.firstFlush
  const window = new FileWindow(read, Math.min(1024 ** 2, sizeBytes))
  const offset = await nextBlock(window, 0, sizeBytes)
  const found = offset === undefined ? undefined : await wholeBlock(window, offset, sizeBytes)
  return found?.block.head.flush ?? 0
}

/** By its name, or by its blocks while it is open, also beyond damaged ones; 0 when it has none. */
export async function lastFlushOf({ named, read, sizeBytes }: CheckSource): Promise<number> {
  if (named) return named.lastFlush
  const window = new FileWindow(read, Math.min(1024 ** 2, sizeBytes))
  let last = 0
  let offset = await nextBlock(window, 0, sizeBytes)
  while (offset !== undefined && offset < sizeBytes) {
    const found = await wholeBlock(window, offset, sizeBytes)
    last = found?.block.head.flush ?? last
    offset = found ? offset + found.block.sizeBytes : await nextBlock(window, offset + 1, sizeBytes)
  }
  return last
}
