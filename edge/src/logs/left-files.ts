// Files that are not open now, and how far each was read: one that comes back (its directory was not mounted, or could
// not be read, or it was moved away and back) goes on where it was.

import type { FileRoom } from './file-room.ts'
import type { KnownFile } from './file-positions.ts'

/** Of a source, those of which nothing is missing. */
const MAX_FINISHED = 64
const MAX_REPLACED = 256

export class LeftFiles {
  readonly #room: FileRoom
  #files: KnownFile[] = []
  /** Those whose names others have. They hardly come back, and are forgotten with this process. */
  readonly #replaced: KnownFile[] = []

  constructor(room: FileRoom, files: readonly KnownFile[]) {
    this.#room = room
    for (const file of files) this.add(file)
  }

  get all(): readonly KnownFile[] {
    return this.#files
  }

  /** The newest finished ones are kept. Of the others each has a place among those that are followed. */
  add(file: KnownFile): void {
    this.#files.push(file)
    if (!file.isFinished) this.#room.followed++
    const finished = this.#files.filter(({ isFinished }) => isFinished)
    if (finished.length > MAX_FINISHED) this.#files.splice(this.#files.indexOf(finished[0] ?? file), 1)
  }

  addReplaced(file: KnownFile): void {
    this.#replaced.push(file)
    if (this.#replaced.length > MAX_REPLACED) this.#replaced.shift()
  }

  /** Whether it is one that has a place already. */
  hasRoomFor(path: string): boolean {
    return this.#files.some((file) => file.path === path && !file.isFinished)
  }

  take(key: string): KnownFile | undefined {
    const files = this.#files.some((file) => file.key === key) ? this.#files : this.#replaced
    const at = files.findIndex((file) => file.key === key)
    if (at < 0) return undefined
    const [file] = files.splice(at, 1)
    if (file && !file.isFinished) this.#room.followed--
    return file
  }

  takeAll(): readonly KnownFile[] {
    return this.#files.slice().flatMap(({ key }) => this.take(key) ?? [])
  }
}
