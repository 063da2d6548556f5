import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from './failures.ts'
import { SeriesQuery } from './schemas/series.ts'
import { seriesRequest } from './series-request.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const ask = (query: Record<string, string>) =>
  seriesRequest(SeriesQuery.parse({ keys: 'cpu.usage_percent', from: String(-HOUR), ...query }), {
    nowMs: NOW,
    periodMs: 10_000,
  })

test('negative times are relative to now, and the step follows from the points', () => {
  const request = ask({ points: '360' })
  assert.deepEqual([request.fromMs, request.toMs, request.stepMs], [NOW - HOUR, NOW, 10_000])
  assert.deepEqual(ask({ to: '-1800000' }).toMs, NOW - HOUR / 2)
  assert.equal(ask({ from: '-60000', points: '500' }).stepMs, 10_000, 'no finer than the agent measures')
  assert.equal(ask({ from: '-60000', step: '1000' }).stepMs, 1_000, 'but when asked for')
})

test('keys are known, each once', () => {
  const { keys } = ask({ keys: 'cpu.usage_percent, disk.read_bytes,cpu.usage_percent,' })
  assert.deepEqual(keys, ['cpu.usage_percent', 'disk.read_bytes'])
})

test('metrics that programs publish have keys of their own', () => {
  const { keys, dimension } = ask({ keys: 'custom.http:requests_total,cpu.usage_percent', dimension: '' })
  assert.deepEqual([keys, dimension], [['custom.http:requests_total', 'cpu.usage_percent'], ''])
})

const REFUSED: [string, Record<string, string>, RegExp][] = [
  ['an unknown metric', { keys: 'cpu.nope' }, /no metric "cpu.nope"/],
  ['what no program can publish', { keys: 'custom.2xx' }, /no metric "custom.2xx"/],
  ['no metric', { keys: ',' }, /names no metric/],
  ['backwards', { from: '2000', to: '1000' }, /from must be before to/],
  ['nothing', { from: '1000', to: '1000' }, /from must be before to/],
  ['more than 400 days', { from: String(-401 * 24 * HOUR) }, /longer than 400 days/],
  ['too fine a step', { from: String(-24 * HOUR), step: '1000' }, /86400 points; at most 5000/],
  ['before 1970', { from: String(-NOW - 1) }, /between 1970 and 2100/],
  ['after 2100', { to: '1e15' }, /between 1970 and 2100/],
]
for (const [what, query, detail] of REFUSED)
  test(`${what} is refused with the reason`, () => {
    assert.throws(
      () => ask(query),
      (error) => error instanceof Failure && error.status === 400 && detail.test(error.detail ?? ''),
    )
  })

test('twenty-one metrics are too many', async () => {
  const { METRICS } = await import('@secumon/contracts/metrics')
  const keys = METRICS.slice(0, 21).map(({ key }) => key)
  assert.throws(() => ask({ keys: keys.join(',') }), Failure)
  assert.equal(ask({ keys: keys.slice(0, 20).join(',') }).keys.length, 20)
})
