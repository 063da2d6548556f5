// A segment file while it is written: blocks are added at its end, and taken back from there.

import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SegmentFold, type FoldedBlock } from './segment-fold.ts'
import { encodeStart, type SegmentHeader } from './segment-file.ts'
import { openName, type SegmentRange } from './segment-name.ts'

export class OpenSegment {
  readonly header: SegmentHeader
  readonly path: string
  readonly handle: FileHandle
  readonly fold = new SegmentFold()
  /** Every byte up to here is part of it. */
  sizeBytes: number
  /** When its first block was written. */
  begunAtMs = 0
  /** A key of it is gone: it can be sealed with what is known, and not go on. */
  shredded = false

  constructor(header: SegmentHeader, path: string, handle: FileHandle, sizeBytes: number) {
    this.header = header
    this.path = path
    this.handle = handle
    this.sizeBytes = sizeBytes
  }

  /** A new file with nothing but its header; the directory is not yet synced. */
  static async create(directory: string, header: SegmentHeader, firstLeaf: number): Promise<OpenSegment> {
    const path = join(directory, openName({ ...header, firstLeaf }))
    const handle = await open(path, 'wx+')
    const segment = new OpenSegment(header, path, handle, 0)
    try {
      await segment.append(encodeStart(header))
    } catch (error) {
      await segment.remove()
      throw error
    }
    return segment
  }

  /** Undefined while it has no block. */
  get range(): SegmentRange | undefined {
    const { blocks } = this.fold
    const first = blocks[0]
    const last = blocks.at(-1)
    if (!first || !last) return undefined
    return {
      firstLeaf: first.firstLeaf,
      lastLeaf: last.firstLeaf + last.count - 1,
      leaves: blocks.reduce((sum, { count }) => sum + count, 0),
      firstFlush: first.flush,
      lastFlush: last.flush,
    }
  }

  /** Takes a block that lies in the file into the index. */
  take(block: FoldedBlock): void {
    if (this.fold.blocks.length === 0) this.begunAtMs = block.head.writtenAtMs
    this.fold.add(block)
  }

  /** Returns the offset; not yet synced. */
  async append(bytes: Uint8Array): Promise<number> {
    const offset = this.sizeBytes
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, offset + done)
      done += bytesWritten
    }
    this.sizeBytes = offset + bytes.length
    return offset
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.handle.truncate(sizeBytes)
    this.sizeBytes = sizeBytes
    await this.handle.datasync()
  }

  async remove(): Promise<void> {
    await this.handle.close()
    await rm(this.path, { force: true })
  }
}
