// Walks a file spool's segments with one open file and one record in memory. What it cannot read, and what was
// dropped under it, comes out as `missing`, so that its sequences never jump.

import { closeSync, openSync } from 'node:fs'
import { readFrameHeader, type ChainHead } from '@secumon/contracts/frame'
import { errorCode } from '../error-code.ts'
import { SEGMENT_HEADER_BYTES } from './record.ts'
import { nextRecord, type Located, type Segment } from './segment.ts'
import { missingBetween, type SpoolCursor, type SpoolEntry } from './spool.ts'

/** What a cursor sees of its spool, as it is at each step. */
export type SegmentView = {
  readonly segments: readonly Segment[]
  readonly base: ChainHead
  readonly head: ChainHead
  readonly inherited: number
}

export class FileCursor implements SpoolCursor {
  readonly #view: SegmentView
  #wanted: number
  #open: { segment: Segment; fd: number | undefined; offset: number } | undefined

  constructor(view: SegmentView, sequence: number) {
    this.#view = view
    this.#wanted = sequence
  }

  next(): SpoolEntry | undefined {
    const { base, head } = this.#view
    if (this.#wanted > head.sequence) return undefined
    if (this.#wanted <= base.sequence) return this.#missing(base, 'dropped')
    for (;;) {
      const found = this.#read()
      if (!found) return this.#missing(this.#endOfSegment(), 'corrupt')
      const { record } = found
      if (record.sequence > this.#wanted) {
        const hash = readFrameHeader(record.bytes).previousHash
        return this.#missing({ sequence: record.sequence - 1, hash }, 'corrupt')
      }
      if (this.#open) this.#open.offset = found.end
      if (record.sequence < this.#wanted) continue
      this.#wanted++
      return { kind: 'frame', record }
    }
  }

  close(): void {
    if (this.#open?.fd !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }

  #read(): Located | undefined {
    const segment = this.#view.segments.findLast(({ start }) => start.baseSequence < this.#wanted)
    if (!segment) return undefined
    if (this.#open?.segment !== segment) {
      this.close()
      this.#open = { segment, fd: openForReading(segment.path), offset: SEGMENT_HEADER_BYTES }
    }
    const { fd, offset } = this.#open
    return fd === undefined ? undefined : nextRecord(fd, offset, segment.sizeBytes)
  }

  #endOfSegment(): ChainHead {
    const next = this.#view.segments.find(({ start }) => start.baseSequence >= this.#wanted)?.start
    return next ? { sequence: next.baseSequence, hash: next.baseHash } : this.#view.head
  }

  #missing(end: ChainHead, why: 'dropped' | 'corrupt'): SpoolEntry {
    const missing = missingBetween(this.#wanted, end, { why, inherited: this.#view.inherited })
    this.#wanted = missing.last + 1
    return { kind: 'missing', missing }
  }
}

function openForReading(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    // Somebody removed the file: its frames are missing, the rest goes on.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EIO') return undefined
    throw error
  }
}
