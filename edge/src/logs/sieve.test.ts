// What gets through the sieve, and what is told of the rest.

import { LogDropReason, LogSeverity } from '@secumon/contracts/gen/log'
import { readLogBlock } from '@secumon/contracts/log-lines'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testClock } from '../testing/chain.ts'
import { LineBlock } from './line-block.ts'
import type { SourceLine } from './log-source.ts'
import { parseLogsConfig } from './logs-config.ts'
import { createLossLedger } from './loss-ledger.ts'
import { createSieve } from './sieve.ts'

function testSieve(limit: object, awayMs = 0) {
  const clock = testClock()
  const losses = createLossLedger(undefined)
  const config = parseLogsConfig({ journal: {}, limit })
  const counts = { lines: 0, dropped: 0 }
  const sieve = createSieve({ source: 'journal', config, clock, losses, awayMs, counts })
  const pass = (...lines: (SourceLine | string)[]): LineBlock => {
    const block = new LineBlock()
    const full = lines.map((line) => (typeof line === 'string' ? { text: line, unit: '' } : line))
    sieve.pass(full, block)
    return block
  }
  return { clock, losses, sieve, pass }
}

const messages = async (block: LineBlock): Promise<string[]> => readLogBlock(await block.compressed()).message

test('a source may bring its burst, then its rate, and what is left out is counted', async () => {
  const { clock, losses, pass } = testSieve({ lines_per_second: 2, burst_seconds: 2 })
  assert.deepEqual(await messages(pass('1', '2', '3', '4', '5', '6')), ['1', '2', '3', '4'])
  clock.runningMs += 500
  assert.deepEqual(await messages(pass('7', '8')), ['7'])
  const [loss, ...others] = losses.take(clock.runningMs)
  assert.deepEqual([loss?.lines, loss?.bytes, loss?.reason, others], [3, 3, LogDropReason.RATE, []])
  pass('9')
  assert.deepEqual(losses.take(clock.runningMs + 500), [], 'one record a second')
  assert.equal(losses.take(clock.runningMs + 1_000)[0]?.lines, 1)
})

test('what was written while nobody read is caught up with', async () => {
  const { losses, pass, sieve } = testSieve({ lines_per_second: 1, burst_seconds: 1 }, 3_000)
  assert.equal((await messages(pass('1', '2', '3', '4'))).length, 4)
  sieve.credit(2_000)
  assert.equal((await messages(pass('5', '6', '7'))).length, 2)
  assert.equal(losses.take(0)[0]?.lines, 1)
})

test('a line is redacted, and has the time and severity of its source, else its own, else of now', async () => {
  const { clock, pass } = testSieve({})
  const at = { atMs: 1_790_000_000_123, severity: LogSeverity.ALERT }
  const own = new Date(clock.nowMs() - 5_000).toISOString()
  const block = pass({ text: 'token=abc', unit: 'a', ...at }, `${own} ERROR x`, { text: 'plain', unit: 'a' })
  const lines = readLogBlock(await block.compressed())
  assert.deepEqual(lines.message, ['token=[redacted]', `${own} ERROR x`, 'plain'])
  assert.deepEqual(lines.atMs.map(Number), [at.atMs, Date.parse(own), clock.nowMs()])
  assert.deepEqual(lines.severity, [LogSeverity.ALERT, LogSeverity.ERROR, LogSeverity.UNSPECIFIED])
  assert.deepEqual([lines.unit, lines.units, lines.sources], [[1, 0, 1], ['a'], ['journal']])
})

test('no line is longer than a reader takes', async () => {
  const { pass } = testSieve({ bytes_per_second: 1e8 })
  const block = await pass('\ufffd'.repeat(60_000)).compressed()
  assert.match(readLogBlock(block).message[0] ?? '', /\ufffd… \[cut at 64 KiB\]$/)
})
