import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { AgentFrameSchema } from './gen/secumon/v1/frame_pb.ts'
import { LogBlockSchema, LogCompression, LogLinesSchema } from './gen/secumon/v1/log_pb.ts'
import {
  MalformedLogBlock,
  MAX_LOG_BLOCK_BYTES,
  MAX_LOG_FRAME_LINES,
  readLogBlock,
  readLogFrame,
} from './log-lines.ts'

type Lines = MessageInitShape<typeof LogLinesSchema>
type Block = MessageInitShape<typeof LogBlockSchema>

const SOUND: Lines = {
  atMs: [1_700_000_000_000n, 1_700_000_000_001n],
  source: [0, 0],
  severity: [4, 0],
  unit: [1, 0],
  message: ['it broke', 'größer\nand on'],
  sources: ['nginx'],
  units: ['nginx.service'],
  dropped: [{ source: 0, lines: 3n, bytes: 90n, fromMs: 1n, untilMs: 2n, reason: 1 }],
}

function block(lines: Lines, change: Block = {}) {
  const bytes = toBinary(LogLinesSchema, create(LogLinesSchema, lines))
  return create(LogBlockSchema, {
    compression: LogCompression.ZSTD,
    lines: zstdCompressSync(bytes),
    uncompressedBytes: bytes.length,
    ...change,
  })
}

test('a block gives its lines, compressed or not', () => {
  const plain = toBinary(LogLinesSchema, create(LogLinesSchema, SOUND))
  for (const change of [{}, { compression: LogCompression.NONE, lines: plain }])
    assert.partialDeepStrictEqual(readLogBlock(block(SOUND, change)), SOUND)
  const empty = { compression: LogCompression.ZSTD, lines: zstdCompressSync(''), uncompressedBytes: 0 }
  assert.deepEqual(readLogBlock(block({}, empty)).message, [])
})

test('what is not what it says is refused', () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 ** 2))
  const faults: [string, Lines, Block?][] = [
    ['no compression named', SOUND, { compression: 0 }],
    ['not zstd', SOUND, { lines: Buffer.from('hello') }],
    ['shorter than said', SOUND, { uncompressedBytes: 1_000 }],
    ['longer than said', SOUND, { uncompressedBytes: 10 }],
    ['a bomb', SOUND, { lines: bomb, uncompressedBytes: MAX_LOG_BLOCK_BYTES }],
    ['a bomb that admits it', SOUND, { lines: bomb, uncompressedBytes: 64 * 1024 ** 2 }],
    ['columns of different lengths', { ...SOUND, unit: [1] }],
    ['a source that is not there', { ...SOUND, source: [0, 1] }],
    ['a unit that is not there', { ...SOUND, unit: [2, 0] }],
    ['a message that is too long', { ...SOUND, message: ['x'.repeat(65_537), ''] }],
    ['one that is too long in UTF-8', { ...SOUND, message: ['€'.repeat(21_846), ''] }],
    ['a time out of range', { ...SOUND, atMs: [0n, 2n ** 62n] }],
    ['a name that is too long', { ...SOUND, units: ['x'.repeat(257)] }],
    ['a loss of nothing', { ...SOUND, dropped: [{ source: 1 }] }],
    ['a loss beyond counting', { ...SOUND, dropped: [{ source: 0, lines: 2n ** 63n }] }],
  ]
  for (const [what, lines, change] of faults)
    assert.throws(() => readLogBlock(block(lines, change)), MalformedLogBlock, what)
})

test('a frame of few bytes may not be one of very many lines', () => {
  const frame = (...logBlocks: ReturnType<typeof block>[]) =>
    toBinary(AgentFrameSchema, create(AgentFrameSchema, { logBlocks }))
  const empty = (lines: number): Lines => {
    const zeros = Array.from({ length: lines }, () => 0 as const)
    const columns = { atMs: zeros.map(BigInt), source: zeros, severity: zeros, unit: zeros }
    return { ...columns, message: zeros.map(() => ''), sources: ['s'] }
  }
  const half = block(empty(MAX_LOG_FRAME_LINES / 2 - 1))
  assert.equal([...readLogFrame(frame(half, half))].length, 2)
  assert.throws(() => [...readLogFrame(frame(half, half, block(SOUND)))], /of more than 100000 lines/)
  const loss = { source: 0, lines: 1n, fromMs: 1n, untilMs: 2n }
  const losses = { sources: ['s'], dropped: Array.from({ length: MAX_LOG_FRAME_LINES }, () => loss) }
  assert.throws(() => [...readLogFrame(frame(block(losses)))], MalformedLogBlock)
  const named = block({ sources: Array.from({ length: 200 }, (_, i) => `s${i}`) })
  assert.throws(() => [...readLogFrame(frame(named, named))], /of more than 256 sources/)
})

test('a frame gives its blocks in order, but no more than a frame may hold', () => {
  const frame = (logBlocks: ReturnType<typeof block>[]) =>
    toBinary(AgentFrameSchema, create(AgentFrameSchema, { logBlocks }))
  const other = { ...SOUND, message: ['a', 'b'] }
  const found = [...readLogFrame(frame([block(SOUND), block(other)]))].map(({ message }) => message[0])
  assert.deepEqual(found, ['it broke', 'a'])
  const large = block(SOUND, { uncompressedBytes: MAX_LOG_BLOCK_BYTES })
  assert.throws(() => [...readLogFrame(frame([large, large, large]))], /a frame of 12582912 bytes/)
  assert.throws(() => [...readLogFrame(Buffer.from('junk'))], MalformedLogBlock)
})
