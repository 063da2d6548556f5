import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readContents } from './segment-contents.ts'
import { decodeFooter, decodeStart, encodeFooter, encodeStart, HASHES_MAGIC } from './segment-file.ts'
import { decodeIndex, encodeIndex, type BlockPlace, type SegmentContents } from './segment-index.ts'
import {
  openName,
  parseOpenDirectory,
  parseOpenName,
  parseSealedName,
  parseWaitingName,
  sealedName,
  waitingName,
} from './segment-name.ts'

const header = { tenant: 'main', kind: 'telemetry', day: '2026-11-21' } as const

const block: BlockPlace = {
  offset: 60,
  bytes: 400,
  flush: 3,
  firstLeaf: 0,
  count: 2,
  firstAtMs: 5,
  lastAtMs: 6,
  streams: [{ stream: 'TELEMETRY_0', first: 1, last: 2 }],
}

const contents: SegmentContents = {
  blocks: [block],
  chains: [
    {
      agent: '01JD5Z3V9Q7X2M4K6N8P0R1S3T',
      epoch: 2,
      lane: 'logs',
      first: 1,
      last: 2,
      lastHash: new Uint8Array(32).fill(1),
      blocks: [0],
    },
  ],
  aggregates: [
    { aggregate: 'agent', id: 'a', firstVersion: 1, lastVersion: 2, lastCommandId: 'c', blocks: [0] },
  ],
  marks: [{ stream: 'TELEMETRY_0', position: 2, hash: new Uint8Array(32).fill(2), flush: 3 }],
}

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

test('a header is read as it was written, of a segment and of a stub', () => {
  const start = encodeStart(header)
  assert.deepEqual(decodeStart(start), { header, stub: false, sizeBytes: start.length })
  assert.equal(decodeStart(encodeStart(header, HASHES_MAGIC))?.stub, true)
  for (let bit = 0; bit < start.length * 8; bit++)
    assert.equal(decodeStart(flipped(start, bit)), undefined, `bit ${bit}`)
  for (let size = 0; size < start.length; size++)
    assert.equal(decodeStart(start.subarray(0, size)), undefined, `${size} bytes`)
})

test('an index is read as it was written, and no flipped bit of it passes', async () => {
  const contentHash = new Uint8Array(32).fill(4)
  const index = encodeIndex(contents, contentHash)
  assert.deepEqual(decodeIndex(index), { ...contents, contentHash })
  const footer = encodeFooter(index)
  for (let bit = 0; bit < footer.length * 8; bit++)
    assert.equal(decodeFooter(flipped(footer, bit)), undefined, `bit ${bit}`)
  const file = Buffer.concat([Buffer.alloc(100), footer])
  const read = async (offset: number, length: number) => file.subarray(offset, offset + length)
  const found = await readContents('name', file.length, read)
  assert.deepEqual([found.contentBytes, found.indexBytes, found.chains], [100, index.length, contents.chains])
})

test('an index longer than the first look is read whole', async () => {
  const blocks = Array.from({ length: 5_000 }, (_, i) => ({ ...block, flush: i }))
  const file = encodeFooter(encodeIndex({ ...contents, blocks }, new Uint8Array(32)))
  const read = async (offset: number, length: number) => file.subarray(offset, offset + length)
  assert.deepEqual((await readContents('name', file.length, read)).blocks, blocks)
})

test('a name tells what it was made of', () => {
  const number = fc.nat(10 ** 13)
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      fc.constantFrom('telemetry', 'logs', 'events'),
      fc.tuple(number, number, number, number, number),
      fc.constantFrom('sealed', 'hashes'),
      (tenant, kind, [firstLeaf, lastLeaf, leaves, firstFlush, lastFlush], state) => {
        const range = { firstLeaf, lastLeaf, leaves, firstFlush, lastFlush }
        const segment = { tenant, kind, day: '2026-11-21', state, ...range }
        assert.deepEqual(parseSealedName(sealedName(segment)), segment)
        const waiting = waitingName(sealedName(segment))
        assert.deepEqual(parseWaitingName(waiting), segment)
        assert.equal(parseOpenName(waiting), undefined)
        const open = { tenant, kind, day: '2026-11-21', firstLeaf }
        assert.deepEqual(parseOpenName(openName(open)), open)
        assert.equal(parseWaitingName(openName(open)), undefined)
      },
    ),
  )
})

test('other names are no segments', () => {
  for (const name of [
    '',
    'a/b',
    'main/telemetry/2026-11-21/x.segment',
    'main/other/2026-11-21/0-0.1.1-1.segment',
  ])
    assert.equal(parseSealedName(name), undefined, name)
  assert.equal(parseOpenDirectory('.open-12'), 12)
  for (const name of ['.open-', '.open-0', 'open-1', '.open-1x'])
    assert.equal(parseOpenDirectory(name), undefined, name)
})
