import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineText } from './line-text.ts'

const LINE: LogLine = {
  id: '01JD3V7T9PZ8Q6X5W4R3S2T1N0.1.1.0',
  time: Date.UTC(2026, 10, 22, 10),
  agent: '01JD3V7T9PZ8Q6X5W4R3S2T1N0',
  source: 'journal',
  unit: 'app.service',
  severity: 'error',
  message: 'it broke',
}
const HEAD = '2026-11-22T10:00:00.000Z 01JD3V7T9PZ8Q6X5W4R3S2T1N0'

test('a line says when, whose, from where, how bad and what', () => {
  assert.equal(lineText(LINE), `${HEAD} journal/app.service error: it broke`)
  assert.equal(lineText({ ...LINE, unit: null }), `${HEAD} journal error: it broke`)
  assert.equal(lineText({ ...LINE, unit: 'journal' }), `${HEAD} journal error: it broke`)
})

test('a message of several lines is indented; a loss is marked', () => {
  assert.equal(lineText({ ...LINE, unit: null, message: 'a\nb\tc' }), `${HEAD} journal error: a\n    b\tc`)
  const dropped = { reason: 'rate', lines: 3, bytes: 9, from: 0, until: 1 } as const
  assert.equal(lineText({ ...LINE, unit: null, dropped }), `${HEAD} journal error: ! it broke`)
})

test('a message commands no terminal', () => {
  const message = '\u001b]0;owned\u0007 \u001b[2J \r \u009b \u202e'
  const text = lineText({ ...LINE, message, source: 'a\u001b[1m' })
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u)
  assert.match(text, /\\u001b\]0;owned\\u0007/)
})
