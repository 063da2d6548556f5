// Losses are gathered, told once a second, and not forgotten by a kill.

import { LogDropReason } from '@secumon/contracts/gen/log'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Loss } from './log-source.ts'
import { createLossLedger } from './loss-ledger.ts'
import { decodeNote, encodeNote } from './note.ts'

const loss = (lines: number, atMs: number, reason: LogDropReason = LogDropReason.RATE): Loss => ({
  lines,
  bytes: lines * 10,
  fromMs: atMs,
  untilMs: atMs,
  reason,
})

test('one record a second for each source and reason', () => {
  const ledger = createLossLedger(undefined)
  ledger.add('app', loss(1, 100))
  assert.equal(ledger.take(0).length, 1)
  ledger.add('app', loss(2, 300))
  ledger.add('app', loss(3, 200))
  ledger.add('app', loss(0, 300, LogDropReason.FILE_GONE))
  assert.deepEqual(ledger.take(999), [])
  const [rate, gone] = ledger.take(1_000)
  assert.deepEqual(rate, { ...loss(5, 0), source: 'app', fromMs: 200, untilMs: 300 })
  assert.equal(gone?.reason, LogDropReason.FILE_GONE)
  assert.deepEqual(ledger.take(5_000), [])
})

test('what no frame says yet is in the note, and the next run says it', () => {
  const ledger = createLossLedger(undefined)
  ledger.add('app', loss(7, 100))
  const note = encodeNote({ savedAtMs: 1, positions: new Map(), unsaid: ledger.unsaid() })
  const next = createLossLedger(decodeNote(note).unsaid)
  assert.deepEqual(next.take(0), [{ ...loss(7, 100), source: 'app' }])
  assert.deepEqual(next.unsaid(), [])
})

test('what is no loss in a note is left out', () => {
  for (const unsaid of [{}, 'x', [1], [['app', 99, 1, 1, 1, 1]], [['app', 1, 'many', 1, 1, 1]]])
    assert.deepEqual(createLossLedger(unsaid).take(0), [])
})
