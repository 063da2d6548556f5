// What a block seals: records with their places in the log, as a serialized ArchiveBlock. Written and read by hand, since
// a rebuild passes millions of them.

import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'

export type ContentEntry = {
  /** Salt and serialized ArchiveRecord. */
  readonly record: Uint8Array
  readonly stream: string
  readonly position: number
}

export class MalformedContent extends Error {
  override readonly name = 'MalformedContent'
}

// Tags: field number × 8 + wire type.
const STREAMS = 0x0a
const ENTRIES = 0x12
const RECORD = 0x0a
const STREAM = 0x10
const POSITION = 0x18

export function encodeContent(entries: readonly ContentEntry[]): Uint8Array {
  const streams = [...new Set(entries.map(({ stream }) => stream))]
  const writer = new BinaryWriter()
  for (const stream of streams) writer.uint32(STREAMS).string(stream)
  for (const { record, stream, position } of entries) {
    const index = streams.indexOf(stream)
    const length = 3 + varintBytes(record.length) + record.length + varintBytes(index) + varintBytes(position)
    writer.uint32(ENTRIES).uint32(length)
    writer.uint32(RECORD).bytes(record).uint32(STREAM).uint32(index).uint32(POSITION).uint64(position)
  }
  return writer.finish()
}

/**
 * The entries of a serialized ArchiveBlock; records are views of it.
 * @throws MalformedContent when it is none
 */
export function decodeContent(content: Uint8Array): ContentEntry[] {
  try {
    const reader = new BinaryReader(content)
    const streams: string[] = []
    const entries: ContentEntry[] = []
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === STREAMS) streams.push(reader.string())
      else if (tag === ENTRIES) entries.push(readEntry(reader, streams))
      else throw new MalformedContent(`unknown field ${tag >>> 3}`)
    }
    return entries
  } catch (error) {
    if (error instanceof MalformedContent) throw error
    throw new MalformedContent('not a serialized block', { cause: error })
  }
}

function readEntry(reader: BinaryReader, streams: readonly string[]): ContentEntry {
  const end = reader.uint32() + reader.pos
  let record: Uint8Array | undefined
  let stream = streams[0]
  let position = 0
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === RECORD) record = reader.bytes()
    else if (tag === STREAM) stream = streams[reader.uint32()]
    else if (tag === POSITION) position = Number(reader.uint64())
    else throw new MalformedContent(`unknown field ${tag >>> 3} of an entry`)
  }
  if (!record || stream === undefined || reader.pos !== end) throw new MalformedContent('a broken entry')
  return { record, stream, position }
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
