import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogLine } from './log-line.ts'
import { fullAt, MAX_PAGE_BYTES, roomBeside } from './page-size.ts'

const KIB_64 = 64 * 1024
const lines = (count: number, message: string): LogLine[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    time: 0,
    agent: 'a',
    source: 's',
    unit: null,
    severity: 'none',
    message,
  }))

test('a page is full with its lines, or with what they say', () => {
  assert.equal(fullAt(lines(3, 'x'), 3), undefined)
  assert.equal(fullAt(lines(4, 'x'), 3), 3)
  assert.equal(fullAt(lines(127, 'x'.repeat(KIB_64)), 1_000), undefined)
  assert.equal(fullAt(lines(300, 'x'.repeat(KIB_64)), 1_000), 128)
  assert.equal(fullAt(lines(300, 'é'.repeat(KIB_64)), 1_000), 64)
})

test('a page has one line at least', () => {
  assert.equal(fullAt(lines(2, 'x'.repeat(2 * MAX_PAGE_BYTES)), 1_000), 1)
  assert.equal(roomBeside(lines(1, 'é')), MAX_PAGE_BYTES - 2)
})
