// What a block seals: records with their places in the log, as a serialized ArchiveBlock. Written and read by hand, since
// a rebuild passes millions of them.

import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import { varintBytes, writeVarint } from '@secumon/contracts/varint'

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
  const names = namesOf(streams)
  const indexes = new Map(streams.map((stream, i) => [stream, i]))
  const sized = entries.map((entry) => {
    const index = indexes.get(entry.stream) ?? 0
    return { entry, index, bytes: entryBytes(entry, index) }
  })
  const total = sized.reduce((sum, { bytes }) => sum + 1 + varintBytes(bytes) + bytes, names.length)
  const content = new Uint8Array(total)
  content.set(names)
  let at = names.length
  for (const { entry, index, bytes } of sized) {
    content[at] = ENTRIES
    at = writeEntry(content, writeVarint(content, at + 1, bytes), entry, index)
  }
  return content
}

function namesOf(streams: readonly string[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const stream of streams) writer.uint32(STREAMS).string(stream)
  return writer.finish()
}

const entryBytes = ({ record, position }: ContentEntry, index: number): number =>
  3 + varintBytes(record.length) + record.length + varintBytes(index) + varintBytes(position)

function writeEntry(into: Uint8Array, from: number, entry: ContentEntry, index: number): number {
  const { record, position } = entry
  into[from] = RECORD
  let at = writeVarint(into, from + 1, record.length)
  into.set(record, at)
  at += record.length
  into[at] = STREAM
  at = writeVarint(into, at + 1, index)
  into[at] = POSITION
  return writeVarint(into, at + 1, position)
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
