import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MsgHdrsImpl } from '@nats-io/nats-core/internal'
import { headerBlock, headerValue, publishedLines } from './header-block.ts'

const textOf = (fields: Parameters<typeof headerBlock>[0]) =>
  Buffer.from(headerBlock(fields)?.encode() ?? []).toString()

test('a message without header fields has no header', () => {
  assert.equal(headerBlock({}), undefined)
  assert.equal(headerBlock({ headers: {} }), undefined)
})

test('what is built, the client library reads', () => {
  const text = textOf({ expectedLast: 0, messageId: 'm', headers: { 'received-at': '12' } })
  const headers = MsgHdrsImpl.decode(Buffer.from(text))
  assert.equal(headers.get('Nats-Expected-Last-Subject-Sequence'), '0')
  assert.equal(headers.get('Nats-Msg-Id'), 'm')
  assert.equal(headers.get('received-at'), '12')
})

test('a value that would begin another line is refused', () => {
  for (const value of ['a\r\nb: c', 'a\nb', '\r'])
    assert.throws(() => textOf({ headers: { x: value } }), RangeError)
  for (const name of ['', 'a b', 'a:b', 'ä', 'a\n'])
    assert.throws(() => textOf({ headers: { [name]: 'x' } }), RangeError)
})

test('any printable value is found again under its name, and under no other', () => {
  const value = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text) && text.trim() === text)
  fc.assert(
    fc.property(value, value, (one, other) => {
      const text = textOf({ headers: { 'received-at': one, 'received-at-all': other } })
      assert.equal(headerValue(text, 'received-at'), one)
      assert.equal(headerValue(text, 'received-at-all'), other)
      assert.equal(headerValue(text, 'received'), undefined)
    }),
  )
})

test('what the server adds to a direct get does not count as published', () => {
  const text = textOf({ headers: { 'received-at': '1' }, messageId: 'm' })
  const got = text.replace(
    /\r\n$/,
    'Nats-Stream: T\r\nNats-Sequence: 3\r\nNats-Time-Stamp: x\r\nNats-Subject: s\r\n\r\n',
  )
  assert.equal(publishedLines(got), publishedLines(text))
  assert.equal(publishedLines(text), 'received-at: 1\r\nNats-Msg-Id: m')
  assert.equal(publishedLines(''), '')
})
