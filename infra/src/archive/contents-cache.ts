// Indexes of sealed segments as they were last read: they never change, so only memory bounds how many are kept.

import type { ReadRange } from './file-window.ts'
import { readContents, type SealedContents } from './segment-contents.ts'

/** Of serialized indexes; in memory they take some four times that. */
const MAX_BYTES = 16 * 1024 ** 2

export class ContentsCache {
  readonly #kept = new Map<string, SealedContents>()
  #bytes = 0

  async read(name: string, sizeBytes: number, read: ReadRange): Promise<SealedContents> {
    const known = this.#kept.get(name)
    this.#drop(name, known)
    const contents = known ?? (await readContents(name, sizeBytes, read))
    this.#drop(name, this.#kept.get(name))
    this.#kept.set(name, contents)
    this.#bytes += contents.indexBytes
    for (const [oldest, its] of this.#kept) {
      if (this.#bytes <= MAX_BYTES) break
      this.#drop(oldest, its)
    }
    return contents
  }

  #drop(name: string, contents: SealedContents | undefined): void {
    if (contents && this.#kept.delete(name)) this.#bytes -= contents.indexBytes
  }
}
