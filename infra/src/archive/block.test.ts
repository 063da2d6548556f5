import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ArchiveBlockSchema } from '@secumon/contracts/gen/archive'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeContent, encodeContent, MalformedContent } from './block-content.ts'
import { blockSize, frameBlock, openBlock, readBlock, sealBlock, type BlockHead } from './block.ts'

const KEY = new Uint8Array(32).fill(3)
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const natural = fc.nat(Number.MAX_SAFE_INTEGER)

const head: fc.Arbitrary<BlockHead> = fc.record(
  {
    flush: natural,
    flushBlocks: fc.nat(1_000),
    firstLeaf: natural,
    leafHashes: fc.nat(5).map((leaves) => new Uint8Array(32 * leaves).fill(leaves)),
    keyId: fc.string(),
    writtenAtMs: natural,
    marks: fc.array(
      fc.record({ stream: fc.string(), position: natural, hash: bytes(32) }, { noNullPrototype: true }),
      { maxLength: 3 },
    ),
  },
  { noNullPrototype: true },
)

const entry = fc.record(
  { record: bytes(200), stream: fc.constantFrom('EVENTS', 'LOGS_0', 'TELEMETRY_0'), position: natural },
  { noNullPrototype: true },
)

const small: BlockHead = {
  flush: 7,
  flushBlocks: 1,
  firstLeaf: 3,
  leafHashes: new Uint8Array(32),
  keyId: 'k',
  writtenAtMs: 5,
  marks: [],
}

test('a block is read as it was sealed', async () => {
  await fc.assert(
    fc.asyncProperty(head, bytes(2_000), async (given, content) => {
      const block = readBlock(await sealBlock(given, content, KEY))
      assert.ok(block)
      assert.deepEqual(block.head, given)
      assert.deepEqual(openBlock(block, KEY), content)
    }),
    { numRuns: 50 },
  )
})

test('no flipped bit of a block passes', async () => {
  const whole = await sealBlock(small, new Uint8Array(100).fill(9), KEY)
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(readBlock(flipped), undefined, `bit ${bit}`)
  }
})

test('what has a good checksum but is not what was sealed does not open', async () => {
  const block = readBlock(await sealBlock(small, new Uint8Array(100).fill(9), KEY))
  const other = readBlock(await sealBlock({ ...small, flush: 8 }, new Uint8Array(100).fill(9), KEY))
  assert.ok(block && other)
  const changed = readBlock(frameBlock(other.headBytes, block.sealed))
  assert.ok(changed)
  assert.throws(() => openBlock(changed, KEY), 'another head')
  assert.throws(() => openBlock(block, new Uint8Array(32)), 'another key')
  assert.throws(() => openBlock({ ...block, sealed: new Uint8Array() }, KEY), 'nothing')
})

test('a length that can be no block is none', () => {
  assert.equal(blockSize(Buffer.from([1, 0, 0])), undefined, 'too few bytes')
  assert.equal(blockSize(Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])), undefined, 'gigabytes')
  assert.equal(blockSize(Buffer.alloc(8)), undefined, 'zeros that a power cut left')
})

test('the content of a block is read as it was written, and is what protobuf writes', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      const content = encodeContent(entries)
      assert.deepEqual(decodeContent(content), entries)
      const message = fromBinary(ArchiveBlockSchema, content)
      assert.deepEqual(
        message.entries.map(({ record, stream, position }) => ({
          record,
          stream: message.streams[stream],
          position: Number(position),
        })),
        entries,
      )
    }),
  )
})

test('content as protobuf writes it is read too', () => {
  const entries = [{ record: Uint8Array.of(1), stream: 0, position: 0n }]
  const written = toBinary(ArchiveBlockSchema, create(ArchiveBlockSchema, { streams: ['EVENTS'], entries }))
  assert.deepEqual(decodeContent(written), [{ record: Uint8Array.of(1), stream: 'EVENTS', position: 0 }])
})

test('content cut short is refused by type', () => {
  const content = encodeContent([{ record: new Uint8Array(9), stream: 'EVENTS', position: 300 }])
  for (let size = 9; size < content.length; size++)
    assert.throws(() => decodeContent(content.subarray(0, size)), MalformedContent, `${size} bytes`)
})
