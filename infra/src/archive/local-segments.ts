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

  /**
   * Opens what is there now and was not before. What vanishes between listing and opening has another name by then, of
   * a new writer's directory or of a sealed segment: so it is listed again until nothing does.
   */
  async look(root: string): Promise<void> {
    while (!(await this.#openAll(root))) {
      // The writer has moved on meanwhile.
    }
  }

  async #openAll(root: string): Promise<boolean> {
    const directory = (await newestDirectory(root)) ?? (await newestDirectory(root))
    if (directory === undefined) return true
    const files = await unlessMissing(() => readdir(join(root, directory)))
    if (!files) return false
    let all = true
    for (const file of files) all = (await this.#open(root, directory, file)) && all
    return all
  }

  async #open(root: string, directory: string, file: string): Promise<boolean> {
    if (this.open.has(file) || this.waiting.has(file)) return true
    const openSegment = parseOpenName(file)
    const waiting = parseWaitingName(file)
    if (!openSegment && !waiting) return true
    const handle = await unlessMissing(() => open(join(root, directory, file)))
    if (!handle) return false
    if (openSegment) this.open.set(file, { ...openSegment, path: `${directory}/${file}`, handle })
    else if (waiting) {
      const sizeBytes = (await handle.stat()).size
      this.waiting.set(file, { ...waiting, name: sealedName(waiting), sizeBytes, handle })
    }
    return true
  }

  async close(): Promise<void> {
    const files = [...this.open.values(), ...this.waiting.values()]
    await Promise.all(files.map(({ handle }) => handle.close()))
  }
}

async function newestDirectory(root: string): Promise<string | undefined> {
  const names = (await unlessMissing(() => readdir(root))) ?? []
  const writers = names.map(parseOpenDirectory).filter((number) => number !== undefined)
  return writers.length > 0 ? openDirectoryName(Math.max(...writers)) : undefined
}

async function unlessMissing<Value>(what: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await what()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
