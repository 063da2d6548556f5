// One spool file: a header, then records in sequence. Reading skips what is damaged and says where it went on.

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readFrameHeader } from '@secumon/contracts/frame'
import { errorCode } from '../error-code.ts'
import {
  decodeRecord,
  decodeSegmentStart,
  encodeNote,
  encodeSegmentStart,
  isFrame,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  recordSize,
  SEGMENT_HEADER_BYTES,
  type SegmentStart,
  type StoredNote,
  type StoredRecord,
} from './record.ts'

const SCAN_BYTES = 64 * 1024
const NAME = /^(\d{16})\.seg$/

export type Segment = { readonly path: string; readonly start: SegmentStart; sizeBytes: number }

/** A record and the offset behind it. */
export type Located<Stored = StoredRecord> = {
  readonly record: Stored
  readonly offset: number
  readonly end: number
}

/** What a segment ends with: its last frame, the newest note, and the offset behind the last record of either kind. */
export type SegmentEnd = {
  readonly last: StoredRecord | undefined
  readonly note: Uint8Array | undefined
  readonly end: number
}

/** The base sequence a segment's file name tells, or undefined for another file. */
export const segmentBase = (fileName: string): number | undefined => {
  const digits = NAME.exec(fileName)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Creates the file, with the note that is in force; nothing is left of it when that fails. */
export function createSegment(
  directory: string,
  start: SegmentStart,
  note?: Uint8Array,
): { segment: Segment; fd: number } {
  const header = encodeSegmentStart(start)
  const content = note ? Buffer.concat([header, encodeNote({ sequence: start.baseSequence, note })]) : header
  const path = join(directory, `${String(start.baseSequence).padStart(16, '0')}.seg`)
  const fd = openSync(path, 'w+', 0o600)
  try {
    writeAt(fd, content, 0)
  } catch (error) {
    closeSync(fd)
    unlinkSync(path)
    throw error
  }
  return { segment: { path, start, sizeBytes: content.length }, fd }
}

/**
 * Reads what a segment follows; of a damaged header, from its first readable record. Undefined when there is
 * neither: the file tells nothing.
 */
export function openSegment(path: string): Segment | undefined {
  return reading(path, (fd) => {
    const sizeBytes = fstatSync(fd).size
    const start = decodeSegmentStart(readAt(fd, 0, SEGMENT_HEADER_BYTES)) ?? startOfFirst(fd, sizeBytes)
    return start && { path, start, sizeBytes }
  })
}

function startOfFirst(fd: number, sizeBytes: number): SegmentStart | undefined {
  const first = nextRecord(fd, 0, sizeBytes)?.record
  if (!first) return undefined
  const baseHash = readFrameHeader(first.bytes).previousHash
  return { baseSequence: first.sequence - 1, baseHash, spoolTimeMs: first.spoolTimeMs }
}

/** What a segment ends with, found by reading all of it. */
export function readSegmentEnd(segment: Segment): SegmentEnd {
  return reading(segment.path, (fd) => {
    let last: StoredRecord | undefined
    let note: Uint8Array | undefined
    for (let end = SEGMENT_HEADER_BYTES; ;) {
      const found = nextStored(fd, end, segment.sizeBytes)
      if (!found) return { last, note, end }
      if (isFrame(found.record)) last = found.record
      note = found.record.note ?? note
      end = found.end
    }
  })
}

/** The first intact frame at or after `offset`, looking no further than `end`. */
export function nextRecord(fd: number, offset: number, end: number): Located | undefined {
  for (let at = offset; ;) {
    const found = nextStored(fd, at, end)
    if (!found) return undefined
    const { record } = found
    if (isFrame(record)) return { ...found, record }
    at = found.end
  }
}

function nextStored(fd: number, offset: number, end: number): Located<StoredRecord | StoredNote> | undefined {
  for (let at: number | undefined = offset; at !== undefined; at = findMagic(fd, at + 1, end)) {
    const size = at + RECORD_HEADER_BYTES <= end && recordSize(readAt(fd, at, RECORD_HEADER_BYTES))
    if (!size || at + size > end) continue
    const record = decodeRecord(readAt(fd, at, size))
    if (record) return { record, offset: at, end: at + size }
  }
  return undefined
}

// Chunks overlap by three bytes, so that a magic across their border is found.
function findMagic(fd: number, from: number, end: number): number | undefined {
  for (let at = from; at + RECORD_HEADER_BYTES <= end; at += SCAN_BYTES) {
    const found = readAt(fd, at, Math.min(SCAN_BYTES + 3, end - at)).indexOf(RECORD_MAGIC)
    if (found >= 0) return at + found
  }
  return undefined
}

/** Writes all of it or throws, leaving the file as long as it was. */
export function writeAt(fd: number, bytes: Buffer, offset: number): void {
  try {
    for (let done = 0; done < bytes.length;) {
      const written = writeSync(fd, bytes, done, bytes.length - done, offset + done)
      if (written === 0) throw new Error('the disk took nothing')
      done += written
    }
  } catch (error) {
    ftruncateSync(fd, offset)
    throw error
  }
}

/** Up to `length` bytes; fewer at the end of the file or where the disk cannot be read. */
export function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  try {
    while (done < length) {
      const count = readSync(fd, bytes, done, length - done, offset + done)
      if (count === 0) break
      done += count
    }
  } catch (error) {
    if (!isDiskFault(error)) throw error
  }
  return bytes.subarray(0, done)
}

function reading<T>(path: string, read: (fd: number) => T): T {
  const fd = openSync(path, 'r')
  try {
    return read(fd)
  } finally {
    closeSync(fd)
  }
}

const isDiskFault = (error: unknown): boolean => errorCode(error) === 'EIO'
