// A flush on its way into the open segments, until the next one begins: it can still be taken back.

import { syncDirectory } from './file-faults.ts'
import type { FlushBlock } from './flush-blocks.ts'
import type { OpenSegment } from './open-segment.ts'
import type { OpenSegments } from './open-segments.ts'

type Touched = {
  readonly segment: OpenSegment
  readonly created: boolean
  readonly sizeBefore: number
  readonly block: FlushBlock
}

export class PendingFlush {
  /** Leaves of each tenant before it. */
  readonly leavesBefore: Map<string, number>
  readonly #open: OpenSegments
  readonly #directory: string
  readonly #touched: Touched[] = []
  #written = false

  constructor(open: OpenSegments, directory: string, leavesBefore: Map<string, number>) {
    this.#open = open
    this.#directory = directory
    this.leavesBefore = leavesBefore
  }

  /** True once every byte is on the disk. */
  get written(): boolean {
    return this.#written
  }

  async write(blocks: readonly FlushBlock[]): Promise<void> {
    for (const block of blocks) {
      const { firstLeaf, writtenAtMs } = block.head
      const { segment, created } = await this.#open.forBlock({ ...block, firstLeaf, atMs: writtenAtMs })
      this.#touched.push({ segment, created, sizeBefore: segment.sizeBytes, block })
    }
    const written = this.#touched.map(async ({ segment, block }) => {
      await segment.append(block.bytes)
      await segment.handle.datasync()
    })
    if (this.#touched.some(({ created }) => created)) written.push(syncDirectory(this.#directory))
    await allDone(written)
    this.#written = true
  }

  /** It stays. */
  settle(): void {
    for (const { segment, sizeBefore, block } of this.#touched)
      segment.take({ ...block, offset: sizeBefore, sizeBytes: block.bytes.length })
  }

  async discard(): Promise<void> {
    for (const { segment, created, sizeBefore } of this.#touched) {
      if (!created) await segment.truncate(sizeBefore)
      else {
        await segment.remove()
        this.#open.forget(segment)
      }
    }
    if (this.#touched.some(({ created }) => created)) await syncDirectory(this.#directory)
  }
}

// Also when one has failed, the others are waited for: what is discarded must not be written to afterwards.
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
