// A record of the archive and its leaf, pure: 16 random bytes, then a serialized ArchiveRecord; the leaf is
// SHA-256(0x00 ‖ both). The salt keeps a leaf from telling what it stands for. Vectors: contracts/vectors/archive-v1.json.

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { hash } from 'node:crypto'
import { varintBytes, writeVarint } from './varint.ts'

export const SALT_BYTES = 16

/** What a leaf is evidence of: one message of the log, without its position. */
export type RecordParts = {
  readonly subject: string
  readonly payload: Uint8Array
  /** Milliseconds; of lane records only. */
  readonly receivedAtMs?: number
  readonly clockOffsetMs?: number
}

export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord'
}

const SUBJECT = 1
const PAYLOAD = 2
const RECEIVED_AT = 3
const CLOCK_OFFSET = 4

/**
 * The leaf's preimage after its 0x00. Fields in order of number, so that the same parts always give the same bytes.
 * @param salt 16 random bytes
 * @throws RangeError when the salt has another length
 */
export function encodeRecord(salt: Uint8Array, parts: RecordParts): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt of ${salt.length} bytes`)
  const [record] = encodeRecords(salt, [parts])
  if (!record) throw new RangeError('no record')
  return record
}

/**
 * The same for many: views of one piece of memory, because a piece for each costs more than what is written into it.
 * @param salts 16 random bytes for each
 */
export function encodeRecords(salts: Uint8Array, records: readonly RecordParts[]): Uint8Array[] {
  const measured = records.map(measure)
  const slab = Buffer.allocUnsafeSlow(measured.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  let at = 0
  return measured.map((record, i) => {
    const from = at
    slab.set(salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES), from)
    at = writeRecord(slab, from + SALT_BYTES, record)
    return new Uint8Array(slab.buffer, slab.byteOffset + from, record.sizeBytes)
  })
}

type Measured = {
  readonly parts: RecordParts
  readonly subjectBytes: number
  readonly tail: Uint8Array
  readonly sizeBytes: number
}

function measure(parts: RecordParts): Measured {
  const subjectBytes = Buffer.byteLength(parts.subject)
  const tail = encodeTimes(parts)
  const sizeBytes = SALT_BYTES + fieldBytes(subjectBytes) + fieldBytes(parts.payload.length) + tail.length
  return { parts, subjectBytes, tail, sizeBytes }
}

function writeRecord(slab: Buffer, from: number, { parts, subjectBytes, tail }: Measured): number {
  let at = from
  if (subjectBytes > 0) {
    at = startField(slab, at, SUBJECT, subjectBytes)
    at += slab.write(parts.subject, at)
  }
  if (parts.payload.length > 0) {
    at = startField(slab, at, PAYLOAD, parts.payload.length)
    slab.set(parts.payload, at)
    at += parts.payload.length
  }
  slab.set(tail, at)
  return at + tail.length
}

const NO_BYTES = new Uint8Array()
const MOST_TIMES_BYTES = 2 * (1 + 8)
/** Zigzag doubles it. */
const MOST_PLAIN_MS = 2 ** 52

function encodeTimes(parts: RecordParts): Uint8Array {
  const { receivedAtMs, clockOffsetMs } = parts
  if (receivedAtMs === undefined && clockOffsetMs === undefined) return NO_BYTES
  if ((receivedAtMs ?? 0) < 0 || Math.abs(clockOffsetMs ?? 0) > MOST_PLAIN_MS) return encodeOddTimes(parts)
  const times = Buffer.allocUnsafe(MOST_TIMES_BYTES)
  let at = 0
  if (receivedAtMs !== undefined) {
    times[at] = (RECEIVED_AT << 3) | WireType.Varint
    at = writeVarint(times, at + 1, receivedAtMs)
  }
  if (clockOffsetMs !== undefined) {
    times[at] = (CLOCK_OFFSET << 3) | WireType.Varint
    at = writeVarint(times, at + 1, clockOffsetMs < 0 ? -2 * clockOffsetMs - 1 : 2 * clockOffsetMs)
  }
  return times.subarray(0, at)
}

function encodeOddTimes({ receivedAtMs, clockOffsetMs }: RecordParts): Uint8Array {
  const writer = new BinaryWriter()
  if (receivedAtMs !== undefined) writer.tag(RECEIVED_AT, WireType.Varint).int64(receivedAtMs)
  if (clockOffsetMs !== undefined) writer.tag(CLOCK_OFFSET, WireType.Varint).sint64(clockOffsetMs)
  return writer.finish()
}

/** Of a length-delimited field with its tag; an empty one is left out. */
const fieldBytes = (length: number): number => (length === 0 ? 0 : 1 + varintBytes(length) + length)

function startField(record: Uint8Array, at: number, field: number, length: number): number {
  record[at] = (field << 3) | WireType.LengthDelimited
  return writeVarint(record, at + 1, length)
}

type MutableParts = { -readonly [Key in keyof RecordParts]: RecordParts[Key] }

/**
 * The parts of a record; its payload is a view of it.
 * @throws MalformedRecord when it was not built by `encodeRecord`
 */
export function decodeRecord(record: Uint8Array): RecordParts & { readonly salt: Uint8Array } {
  const parts = { salt: record.subarray(0, SALT_BYTES), subject: '', payload: new Uint8Array() }
  readRecord(record, parts)
  return parts
}

/**
 * Sets the parts of a record on an object that has none yet: for readers of millions.
 * @throws MalformedRecord when it was not built by `encodeRecord`
 */
export function readRecord(record: Uint8Array, into: MutableParts): void {
  if (record.length < SALT_BYTES) throw new MalformedRecord(`a record of ${record.length} bytes`)
  try {
    const reader = new BinaryReader(record)
    reader.pos = SALT_BYTES
    while (reader.pos < reader.len) readField(reader, into)
  } catch (error) {
    if (error instanceof MalformedRecord) throw error
    throw new MalformedRecord('not a protobuf message', { cause: error })
  }
}

function readField(reader: BinaryReader, into: MutableParts): void {
  const tag = reader.uint32()
  switch (tag) {
    case (SUBJECT << 3) | WireType.LengthDelimited:
      into.subject = reader.string()
      break
    case (PAYLOAD << 3) | WireType.LengthDelimited:
      into.payload = reader.bytes()
      break
    case (RECEIVED_AT << 3) | WireType.Varint:
      into.receivedAtMs = Number(reader.int64())
      break
    case (CLOCK_OFFSET << 3) | WireType.Varint:
      into.clockOffsetMs = Number(reader.sint64())
      break
    default:
      throw new MalformedRecord(`field ${tag >>> 3} of wire type ${tag & 7}`)
  }
}

const LEAF_PREFIX = 1
const LEAF_BYTES = 32
let scratch = new Uint8Array(64 * 1024)

/** SHA-256(0x00 ‖ record), 32 bytes of their own. */
export const leafHash = (record: Uint8Array): Uint8Array => new Uint8Array(digest(record))

/** The same for many, one after the other. */
export function leafHashes(records: readonly Uint8Array[]): Uint8Array {
  const hashes = new Uint8Array(LEAF_BYTES * records.length)
  for (const [i, record] of records.entries()) hashes.set(digest(record), i * LEAF_BYTES)
  return hashes
}

function digest(record: Uint8Array): Buffer {
  const length = LEAF_PREFIX + record.length
  if (scratch.length < length) scratch = new Uint8Array(2 * length)
  scratch.set(record, LEAF_PREFIX)
  return hash('sha256', scratch.subarray(0, length), 'buffer')
}
