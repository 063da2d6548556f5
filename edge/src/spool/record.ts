// The bytes of a spool file: one header that says what precedes the segment, then records. All little-endian, each
// with a CRC-32 over everything after it, so that a torn write or a flipped bit is seen, never read.
//
// header  0 magic "SEG1"  4 crc  8 base sequence f64  16 spool time f64  24 base hash (32)             = 56 bytes
// record  0 magic "REC1"  4 crc  8 frame length u32  12 type u8  13 note length u24  16 sequence f64
//         24 uptime f64  32 spool time f64  40 boot id (16)  56 signature (64)  120 frame, note
// A record of type 2 is a note alone, behind the frame whose sequence it bears.

import { crc32 } from 'node:zlib'
import { HASH_BYTES, MAX_FRAME_BYTES } from '@secumon/contracts/frame'
import { UNKNOWN_BOOT } from '../host-clock.ts'
import { MAX_NOTE_BYTES, type SpoolRecord } from './spool.ts'

export const SEGMENT_HEADER_BYTES = 56
export const RECORD_HEADER_BYTES = 120

const SEGMENT_MAGIC = Buffer.from('SEG1', 'latin1')
export const RECORD_MAGIC: Buffer = Buffer.from('REC1', 'latin1')
const FRAME = 1
const NOTE = 2

/** What a segment follows, and the spool's running time when it began. */
export type SegmentStart = {
  readonly baseSequence: number
  readonly baseHash: Uint8Array
  readonly spoolTimeMs: number
}

/** A record with the spool's running time when it was appended. */
export type StoredRecord = SpoolRecord & {
  readonly spoolTimeMs: number
  readonly note: Uint8Array | undefined
}

/** A note alone, and the sequence of the frame before it. */
export type StoredNote = { readonly sequence: number; readonly note: Uint8Array }

export function encodeSegmentStart(start: SegmentStart): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES)
  SEGMENT_MAGIC.copy(bytes)
  bytes.writeDoubleLE(start.baseSequence, 8)
  bytes.writeDoubleLE(start.spoolTimeMs, 16)
  bytes.set(start.baseHash, 24)
  return withCrc(bytes)
}

/** The header, or undefined when it is damaged. */
export function decodeSegmentStart(bytes: Buffer): SegmentStart | undefined {
  if (bytes.length !== SEGMENT_HEADER_BYTES || !isIntact(bytes, SEGMENT_MAGIC)) return undefined
  const baseSequence = bytes.readDoubleLE(8)
  if (!Number.isSafeInteger(baseSequence) || baseSequence < 0) return undefined
  const baseHash = new Uint8Array(bytes.subarray(24, 24 + HASH_BYTES))
  return { baseSequence, spoolTimeMs: bytes.readDoubleLE(16), baseHash }
}

export function encodeRecord(record: StoredRecord): Buffer {
  return encode(FRAME, record)
}

export function encodeNote({ sequence, note }: StoredNote): Buffer {
  const nothing = { uptimeMs: 0, spoolTimeMs: 0, bootId: UNKNOWN_BOOT }
  const empty = { bytes: new Uint8Array(0), signature: new Uint8Array(0) }
  return encode(NOTE, { ...nothing, ...empty, sequence, note })
}

function encode(type: number, record: StoredRecord): Buffer {
  const noteBytes = record.note?.length ?? 0
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES + record.bytes.length + noteBytes)
  RECORD_MAGIC.copy(bytes)
  bytes.writeUInt32LE(record.bytes.length, 8)
  bytes.writeUInt8(type, 12)
  bytes.writeUIntLE(noteBytes, 13, 3)
  bytes.writeDoubleLE(record.sequence, 16)
  bytes.writeDoubleLE(record.uptimeMs, 24)
  bytes.writeDoubleLE(record.spoolTimeMs, 32)
  bytes.write(record.bootId.replaceAll('-', ''), 40, 16, 'hex')
  bytes.set(record.signature, 56)
  bytes.set(record.bytes, RECORD_HEADER_BYTES)
  if (record.note) bytes.set(record.note, RECORD_HEADER_BYTES + record.bytes.length)
  return withCrc(bytes)
}

/** The size of the record that begins with these header bytes, or undefined when none can. */
export function recordSize(header: Buffer): number | undefined {
  if (header.length < RECORD_HEADER_BYTES || !header.subarray(0, 4).equals(RECORD_MAGIC)) return undefined
  const frameBytes = header.readUInt32LE(8)
  const noteBytes = header.readUIntLE(13, 3)
  const isPossible =
    frameBytes <= MAX_FRAME_BYTES && noteBytes <= MAX_NOTE_BYTES && frameBytes + noteBytes > 0
  return isPossible ? RECORD_HEADER_BYTES + frameBytes + noteBytes : undefined
}

/** The record whose bytes these are, exactly, or undefined when they are damaged. */
export function decodeRecord(bytes: Buffer): StoredRecord | StoredNote | undefined {
  if (recordSize(bytes) !== bytes.length || !isIntact(bytes, RECORD_MAGIC)) return undefined
  const sequence = bytes.readDoubleLE(16)
  const type = bytes.readUInt8(12)
  const endOfFrame = RECORD_HEADER_BYTES + bytes.readUInt32LE(8)
  if ((type !== FRAME && type !== NOTE) || !Number.isSafeInteger(sequence)) return undefined
  const note = bytes.subarray(endOfFrame)
  if (type === NOTE) return { sequence, note }
  return {
    sequence,
    uptimeMs: bytes.readDoubleLE(24),
    spoolTimeMs: bytes.readDoubleLE(32),
    bootId: uuidText(bytes.toString('hex', 40, 56)),
    signature: bytes.subarray(56, RECORD_HEADER_BYTES),
    bytes: bytes.subarray(RECORD_HEADER_BYTES, endOfFrame),
    note: note.length > 0 ? note : undefined,
  }
}

/** Whether it is a frame's; else a note alone. */
export const isFrame = (record: StoredRecord | StoredNote): record is StoredRecord => 'bytes' in record

function withCrc(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4)
  return bytes
}

const isIntact = (bytes: Buffer, magic: Buffer): boolean =>
  bytes.subarray(0, 4).equals(magic) && bytes.readUInt32LE(4) === crc32(bytes.subarray(8))

const uuidText = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
