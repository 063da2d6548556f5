// Blocks of log lines: compressed by the agent, opened by whoever reads them. Everything is checked before it is
// believed, and nothing is unpacked beyond what the block says of itself. Its own export: it needs node:zlib.

import { fromBinary } from '@bufbuild/protobuf'
import { zstdDecompressSync } from 'node:zlib'
import { AgentFrameSchema } from './gen/secumon/v1/frame_pb.ts'
import { LogCompression, LogLinesSchema, type LogBlock, type LogLines } from './gen/secumon/v1/log_pb.ts'

/** Of a block, before compression. */
export const MAX_LOG_BLOCK_BYTES = 4 * 1024 ** 2
/** Of all blocks of a frame, before compression. */
export const MAX_LOG_FRAME_BYTES = 8 * 1024 ** 2
/** Of all blocks of a frame: lines, losses and names. An empty line takes no more than a few bytes. */
export const MAX_LOG_FRAME_LINES = 100_000
/** Names of sources in a frame. */
export const MAX_LOG_FRAME_SOURCES = 256
/** Of a message, UTF-8. */
export const MAX_LOG_MESSAGE_BYTES = 64 * 1024
/** Of a source's or unit's name, UTF-16 units. */
export const MAX_LOG_NAME_LENGTH = 256

/** A block that does not hold what it says; the message says what is wrong. */
export class MalformedLogBlock extends Error {
  override readonly name = 'MalformedLogBlock'
}

/**
 * The lines of a block, sound: columns are equally long, indexes lead somewhere, sizes are within their limits.
 * @throws MalformedLogBlock
 */
export function readLogBlock(block: LogBlock): LogLines {
  let lines: LogLines
  try {
    lines = fromBinary(LogLinesSchema, unpack(block))
  } catch (error) {
    if (error instanceof MalformedLogBlock) throw error
    throw new MalformedLogBlock('the lines cannot be decoded', { cause: error })
  }
  checkColumns(lines)
  checkDropped(lines)
  return lines
}

/**
 * The blocks of a serialized AgentFrame of lane `logs`, in order, each opened when it is asked for.
 * @throws MalformedLogBlock
 */
export function* readLogFrame(bytes: Uint8Array): Generator<LogLines> {
  const blocks = blocksOf(bytes)
  const unpacked = blocks.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0)
  if (unpacked > MAX_LOG_FRAME_BYTES) throw new MalformedLogBlock(`a frame of ${unpacked} bytes of lines`)
  const counted = { lines: 0, sources: 0 }
  for (const block of blocks) {
    const lines = readLogBlock(block)
    count(lines, counted)
    yield lines
  }
}

// Bytes do not bound lines: of empty ones a frame could have hundreds of thousands.
function count(
  { message, dropped, sources, units }: LogLines,
  counted: { lines: number; sources: number },
): void {
  counted.lines += message.length + dropped.length + sources.length + units.length
  counted.sources += sources.length
  if (counted.lines > MAX_LOG_FRAME_LINES)
    throw new MalformedLogBlock(`a frame of more than ${MAX_LOG_FRAME_LINES} lines`)
  if (counted.sources > MAX_LOG_FRAME_SOURCES)
    throw new MalformedLogBlock(`a frame of more than ${MAX_LOG_FRAME_SOURCES} sources`)
}

function blocksOf(bytes: Uint8Array): readonly LogBlock[] {
  try {
    return fromBinary(AgentFrameSchema, bytes).logBlocks
  } catch (error) {
    throw new MalformedLogBlock('the blocks cannot be decoded', { cause: error })
  }
}

function unpack({ compression, lines, uncompressedBytes }: LogBlock): Uint8Array {
  if (uncompressedBytes > MAX_LOG_BLOCK_BYTES)
    throw new MalformedLogBlock(`a block of ${uncompressedBytes} bytes`)
  const unpacked = decompress(compression, lines, uncompressedBytes)
  if (unpacked.length !== uncompressedBytes)
    throw new MalformedLogBlock(`${unpacked.length} bytes where ${uncompressedBytes} were said`)
  return unpacked
}

function decompress(compression: LogCompression, bytes: Uint8Array, maxOutputLength: number): Uint8Array {
  switch (compression) {
    case LogCompression.NONE:
      return bytes
    case LogCompression.ZSTD:
      // A limit of 0 is none to zlib.
      return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxOutputLength) })
    default:
      throw new MalformedLogBlock(`compression ${compression} is not known`)
  }
}

function checkColumns({ atMs, source, severity, unit, message, sources, units }: LogLines): void {
  const lines = message.length
  if ([atMs, source, severity, unit].some((column) => column.length !== lines))
    throw new MalformedLogBlock('columns of different lengths')
  if (atMs.some((at) => !isMoment(at))) throw new MalformedLogBlock('a time out of range')
  if (source.some((index) => index >= sources.length)) throw new MalformedLogBlock('a source without a name')
  if (unit.some((index) => index > units.length)) throw new MalformedLogBlock('a unit without a name')
  if ([...sources, ...units].some((name) => name.length > MAX_LOG_NAME_LENGTH))
    throw new MalformedLogBlock(`a name of more than ${MAX_LOG_NAME_LENGTH} characters`)
  if (message.some(isTooLong))
    throw new MalformedLogBlock(`a message of more than ${MAX_LOG_MESSAGE_BYTES} bytes`)
}

function checkDropped({ dropped, sources }: LogLines): void {
  for (const { source, lines, bytes, fromMs, untilMs } of dropped) {
    if (source >= sources.length) throw new MalformedLogBlock('a loss of a source without a name')
    if (!isMoment(fromMs) || !isMoment(untilMs)) throw new MalformedLogBlock('a loss at a time out of range')
    if (lines > LARGEST || bytes > LARGEST) throw new MalformedLogBlock('a loss beyond counting')
  }
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)
/** What a JavaScript Date can say. */
const LAST_MOMENT = 8_640_000_000_000_000n

const isMoment = (ms: bigint): boolean => ms >= -LAST_MOMENT && ms <= LAST_MOMENT

// A UTF-16 unit is at most 3 bytes of UTF-8: most messages need not be measured.
const isTooLong = (message: string): boolean =>
  message.length * 3 > MAX_LOG_MESSAGE_BYTES && Buffer.byteLength(message) > MAX_LOG_MESSAGE_BYTES
