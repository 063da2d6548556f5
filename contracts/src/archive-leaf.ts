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
  const tail = encodeTimes(parts)
  const subjectBytes = Buffer.byteLength(parts.subject)
  const record = new Uint8Array(
    SALT_BYTES + fieldBytes(subjectBytes) + fieldBytes(parts.payload.length) + tail.length,
  )
  record.set(salt)
  let at = SALT_BYTES
  if (subjectBytes > 0) {
    at = startField(record, at, SUBJECT, subjectBytes)
    UTF8.encodeInto(parts.subject, record.subarray(at))
    at += subjectBytes
  }
  if (parts.payload.length > 0) {
    at = startField(record, at, PAYLOAD, parts.payload.length)
    record.set(parts.payload, at)
    at += parts.payload.length
  }
  record.set(tail, at)
  return record
}

const UTF8 = new TextEncoder()
const NO_BYTES = new Uint8Array()

function encodeTimes({ receivedAtMs, clockOffsetMs }: RecordParts): Uint8Array {
  if (receivedAtMs === undefined && clockOffsetMs === undefined) return NO_BYTES
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
let scratch = new Uint8Array(64 * 1024)

/** SHA-256(0x00 ‖ record), 32 bytes of their own. */
export function leafHash(record: Uint8Array): Uint8Array {
  const length = LEAF_PREFIX + record.length
  if (scratch.length < length) scratch = new Uint8Array(2 * length)
  scratch.set(record, LEAF_PREFIX)
  return new Uint8Array(hash('sha256', scratch.subarray(0, length), 'buffer'))
}
