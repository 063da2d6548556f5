import { Code, ConnectError } from '@connectrpc/connect'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { envelope, EnvelopeSplitter } from './envelopes.ts'

const MAX_BYTES = 20_000

/** Cuts the bytes at those places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end))
}

function split(chunks: readonly Buffer[]): { messages: string[]; splitter: EnvelopeSplitter } {
  const splitter = new EnvelopeSplitter(MAX_BYTES)
  const views: Uint8Array[] = []
  for (const chunk of chunks) {
    splitter.push(chunk)
    for (let view = splitter.next(); view; view = splitter.next()) views.push(view)
  }
  // Read at the end: no later chunk may have changed what was handed out.
  return { messages: views.map((view) => Buffer.from(view).toString('hex')), splitter }
}

const message = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.integer({ min: 0, max: MAX_BYTES }).map((length) => new Uint8Array(length).fill(length)),
)
const cutsAnywhere = fc.array(fc.nat(100_000), { maxLength: 20 })

test('however it is cut into chunks, the messages are the same', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), cutsAnywhere, (messages, places) => {
      const { messages: got, splitter } = split(cut(Buffer.concat(messages.map((m) => envelope(m))), places))
      assert.deepEqual(
        got,
        messages.map((m) => Buffer.from(m).toString('hex')),
      )
      assert.equal(splitter.isIncomplete, false)
    }),
  )
})

test('byte by byte it is the same too', () => {
  const bytes = Buffer.concat([
    envelope(Buffer.from('ab')),
    envelope(Buffer.alloc(0)),
    envelope(Buffer.of(7)),
  ])
  assert.deepEqual(split(Array.from(bytes, (byte) => Buffer.of(byte))).messages, ['6162', '', '07'])
})

test('a truncated envelope gives no message and is known to be one', () => {
  fc.assert(
    fc.property(message, fc.nat(100_000), cutsAnywhere, (last, at, places) => {
      const whole = envelope(last)
      const part = whole.subarray(0, 1 + (at % (whole.length - 1)))
      const { messages, splitter } = split(cut(Buffer.concat([envelope(Buffer.of(1)), part]), places))
      assert.deepEqual(messages, ['01'])
      assert.equal(splitter.isIncomplete, true)
    }),
  )
})

test('chunks that come while messages are waiting lose nothing', () => {
  const splitter = new EnvelopeSplitter(MAX_BYTES)
  const bytes = Buffer.concat([envelope(Buffer.of(1)), envelope(Buffer.of(2)), envelope(Buffer.of(3))])
  splitter.push(bytes.subarray(0, 8))
  assert.deepEqual([...(splitter.next() ?? [])], [1])
  splitter.push(bytes.subarray(8))
  assert.deepEqual([...(splitter.next() ?? [])], [2])
  assert.deepEqual([...(splitter.next() ?? [])], [3])
  assert.equal(splitter.next(), undefined)
})

test('a message that lies in one chunk is not copied', () => {
  const splitter = new EnvelopeSplitter(MAX_BYTES)
  const chunk = envelope(Buffer.of(1))
  splitter.push(chunk)
  assert.equal(splitter.next()?.buffer, chunk.buffer)
})

const refusedHeaders: [string, Buffer, Code][] = [
  ['beyond the limit', Buffer.of(0, 0, 0, 0x4e, 0x21), Code.ResourceExhausted],
  ['of 4 GiB', Buffer.of(0, 255, 255, 255, 255), Code.ResourceExhausted],
  ['compressed', Buffer.of(1, 0, 0, 0, 0), Code.InvalidArgument],
  ['an end of stream', Buffer.of(2, 0, 0, 0, 0), Code.InvalidArgument],
  ['with unknown flags', Buffer.of(0x40, 0, 0, 0, 0), Code.InvalidArgument],
]

for (const [what, header, code] of refusedHeaders)
  test(`refused as soon as its header is there, however cut: a message ${what}`, () => {
    fc.assert(
      fc.property(cutsAnywhere, (places) => {
        assert.throws(
          () => split(cut(header, places)),
          (error: unknown) => error instanceof ConnectError && error.code === code,
        )
      }),
    )
  })

test('a message of exactly the limit is taken', () => {
  assert.equal(split([envelope(Buffer.alloc(MAX_BYTES))]).messages.length, 1)
})
