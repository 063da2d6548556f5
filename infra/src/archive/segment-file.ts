// The frame of a segment file around its blocks: magic and header in front; of a sealed one, its index at the end.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { SegmentHeaderSchema } from '@secumon/contracts/gen/archive'
import { crc32 } from 'node:zlib'
import type { SegmentKind } from './archive.ts'

export const FORMAT = 1
/** A segment with its records. */
export const SEGMENT_MAGIC = Buffer.from('SMSEGM1\n')
/** A stub: its records have expired, its leaf hashes are kept. */
export const HASHES_MAGIC = Buffer.from('SMHASH1\n')
const INDEX_MAGIC = Buffer.from('SMINDX1\n')
const MAGIC_BYTES = 8
const PREFIX_BYTES = MAGIC_BYTES + 8
/** What follows an index: its checksum, its length and the magic. */
export const TRAILER_BYTES = 8 + MAGIC_BYTES
/** Enough of a file to read any header. */
export const MAX_START_BYTES = 1024

export type SegmentHeader = {
  readonly tenant: string
  readonly kind: SegmentKind
  /** UTC, 2026-11-21. */
  readonly day: string
}

export const SEGMENT_KINDS: readonly SegmentKind[] = ['telemetry', 'logs', 'events']

export const isKind = (text: string): text is SegmentKind => SEGMENT_KINDS.some((kind) => kind === text)

/** [magic, u32le length, u32le crc32, SegmentHeader] */
export function encodeStart({ tenant, kind, day }: SegmentHeader, magic = SEGMENT_MAGIC): Buffer {
  const bytes = toBinary(
    SegmentHeaderSchema,
    create(SegmentHeaderSchema, { format: FORMAT, tenant, kind, day }),
  )
  const start = Buffer.alloc(PREFIX_BYTES + bytes.length)
  start.set(magic)
  start.writeUInt32LE(bytes.length, MAGIC_BYTES)
  start.writeUInt32LE(crc32(bytes), MAGIC_BYTES + 4)
  start.set(bytes, PREFIX_BYTES)
  return start
}

export type SegmentStart = {
  readonly header: SegmentHeader
  readonly stub: boolean
  /** Where the first block begins. */
  readonly sizeBytes: number
}

/** Reads the beginning of a file; undefined when it is not (yet) that of a segment this version knows. */
export function decodeStart(bytes: Buffer): SegmentStart | undefined {
  const magic = bytes.subarray(0, MAGIC_BYTES)
  const stub = magic.equals(HASHES_MAGIC)
  if ((!stub && !magic.equals(SEGMENT_MAGIC)) || bytes.length < PREFIX_BYTES) return undefined
  const sizeBytes = PREFIX_BYTES + bytes.readUInt32LE(MAGIC_BYTES)
  const body = bytes.subarray(PREFIX_BYTES, sizeBytes)
  if (sizeBytes > bytes.length || crc32(body) !== bytes.readUInt32LE(MAGIC_BYTES + 4)) return undefined
  const { format, tenant, kind, day } = fromBinary(SegmentHeaderSchema, body)
  if (format !== FORMAT || !isKind(kind)) return undefined
  return { header: { tenant, kind, day }, stub, sizeBytes }
}

/** [SegmentIndex, u32le crc32, u32le length, magic] */
export function encodeFooter(index: Uint8Array): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES)
  trailer.writeUInt32LE(crc32(index), 0)
  trailer.writeUInt32LE(index.length, 4)
  trailer.set(INDEX_MAGIC, 8)
  return Buffer.concat([index, trailer])
}

/** How long the index is, by the last bytes of a file; undefined when they are not a trailer. */
export function indexLength(trailer: Buffer): number | undefined {
  return trailer.length === TRAILER_BYTES && trailer.subarray(8).equals(INDEX_MAGIC)
    ? trailer.readUInt32LE(4)
    : undefined
}

/** The index's bytes out of index and trailer; undefined when the checksum does not hold. */
export function decodeFooter(footer: Buffer): Buffer | undefined {
  const index = footer.subarray(0, -TRAILER_BYTES)
  const trailer = footer.subarray(-TRAILER_BYTES)
  if (indexLength(trailer) !== index.length || crc32(index) !== trailer.readUInt32LE(0)) return undefined
  return index
}
