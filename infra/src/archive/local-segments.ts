// The segment files of the newest writer's directory, held open: a file that is renamed or replaced stays readable.

import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from './file-faults.ts'
import type { ListedSegment } from './listed-segments.ts'
import {
  openDirectoryName,
  parseOpenDirectory,
  parseOpenName,
  parseWaitingName,
  sealedName,
  type OpenName,
} from './segment-name.ts'

export type OpenFile = OpenName & { readonly path: string; readonly handle: FileHandle }
/** Sealed, and not yet in the store. */
export type WaitingFile = ListedSegment & { readonly handle: FileHandle }

export class LocalSegments {
  readonly open = new Map<string, OpenFile>()
  readonly waiting = new Map<string, WaitingFile>()

  /** Opens what is there now and was not before. */
  async look(root: string): Promise<void> {
    const directory = await newestDirectory(root)
    if (directory === undefined) return
    for (const file of await filesOf(join(root, directory))) {
      if (this.open.has(file) || this.waiting.has(file)) continue
      const openSegment = parseOpenName(file)
      const waiting = parseWaitingName(file)
      if (!openSegment && !waiting) continue
      const handle = await openIfThere(join(root, directory, file))
      if (!handle) continue
      if (openSegment) this.open.set(file, { ...openSegment, path: `${directory}/${file}`, handle })
      if (waiting) {
        const sizeBytes = (await handle.stat()).size
        this.waiting.set(file, { ...waiting, name: sealedName(waiting), sizeBytes, handle })
      }
    }
  }

  async close(): Promise<void> {
    const files = [...this.open.values(), ...this.waiting.values()]
    await Promise.all(files.map(({ handle }) => handle.close()))
  }
}

async function newestDirectory(root: string): Promise<string | undefined> {
  const writers = (await filesOf(root)).map(parseOpenDirectory).filter((number) => number !== undefined)
  return writers.length > 0 ? openDirectoryName(Math.max(...writers)) : undefined
}

const filesOf = async (path: string): Promise<string[]> => (await unlessMissing(() => readdir(path))) ?? []
const openIfThere = (path: string): Promise<FileHandle | undefined> => unlessMissing(() => open(path))

// A new writer may have renamed the directory, or the segment was sealed, since it was listed.
async function unlessMissing<Value>(what: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await what()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
