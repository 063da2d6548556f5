// What a start finds in a spool's directory: the segments in order, and the last whole record, which is the head.

import { closeSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, type ChainHead } from '@secumon/contracts/frame'
import type { StoredRecord } from './record.ts'
import { createSegment, openSegment, readSegmentEnd, segmentBase, type Segment } from './segment.ts'

export type Recovered = {
  readonly segments: Segment[]
  /** The last of them; its size ends behind its last whole record. */
  readonly active: Segment
  readonly head: ChainHead
  readonly last: StoredRecord | undefined
  readonly note: Uint8Array | undefined
  /** No segment was there: the chain begins. */
  readonly fresh: boolean
}

/** Reads every segment's header and the whole of the last one. Files that tell nothing are removed. */
export function recoverSegments(directory: string, anchor: ChainHead): Recovered {
  const segments = readSegments(directory)
  const active = segments.at(-1)
  if (!active) return begin(directory, anchor)
  const { last, note, end } = readSegmentEnd(active)
  active.sizeBytes = end
  return { segments, active, head: headOf(active, last), last, note, fresh: false }
}

function readSegments(directory: string): Segment[] {
  const segments: Segment[] = []
  for (const name of readdirSync(directory).sort()) {
    if (segmentBase(name) === undefined) continue
    const path = join(directory, name)
    const segment = openSegment(path)
    // A file cut off by a power failure before its header: the frames before it are in the file before it.
    if (segment) segments.push(segment)
    else unlinkSync(path)
  }
  return segments
}

function begin(directory: string, anchor: ChainHead): Recovered {
  const start = { baseSequence: anchor.sequence, baseHash: anchor.hash, spoolTimeMs: 0 }
  const { segment, fd } = createSegment(directory, start)
  closeSync(fd)
  return { segments: [segment], active: segment, head: anchor, last: undefined, note: undefined, fresh: true }
}

function headOf({ start }: Segment, last: StoredRecord | undefined): ChainHead {
  if (last) return { sequence: last.sequence, hash: sha256(last.bytes) }
  return { sequence: start.baseSequence, hash: start.baseHash }
}
