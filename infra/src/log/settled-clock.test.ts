import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { startSettledClock } from './settled-clock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const START_MS = Date.UTC(2026, 0, 1)

/** A machine whose clocks are turned by hand; somebody looks once a minute. */
function machine(context: TestContext) {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const lines: string[] = []
  const now = { upMs: 5, aheadMs: START_MS }
  const clock = { nowMs: () => now.upMs + now.aheadMs, monotonicMs: () => now.upMs }
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
  const settled = startSettledClock({ clock, logger })
  context.after(() => settled.stop())
  const run = (minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      now.upMs += MINUTE_MS
      context.mock.timers.tick(MINUTE_MS)
    }
  }
  return { now, run, settled, lines, wallMs: clock.nowMs }
}

test('a clock is believed once it was watched for an hour', (context) => {
  const { run, settled, wallMs } = machine(context)
  run(59)
  assert.equal(settled.nowMs(), undefined)
  run(1)
  assert.equal(settled.nowMs(), wallMs())
})

test('a jump ahead counts after an hour, and is told of at once', (context) => {
  const { now, run, settled, wallMs, lines } = machine(context)
  run(90)
  now.aheadMs += 40 * DAY_MS
  run(59)
  assert.equal(settled.nowMs(), wallMs() - 40 * DAY_MS)
  run(2)
  assert.equal(settled.nowMs(), wallMs())
  assert.equal(lines.length, 1)
})

test('a jump that is put right counts for nothing, also one from before the start', (context) => {
  const { now, run, settled, wallMs } = machine(context)
  now.aheadMs += 40 * DAY_MS
  run(50)
  now.aheadMs -= 40 * DAY_MS
  for (let i = 0; i < 120; i++) {
    run(1)
    assert.ok((settled.nowMs() ?? 0) <= wallMs())
  }
  assert.equal(settled.nowMs(), wallMs())
})

test('a clock that is put back is believed at once', (context) => {
  const { now, run, settled, wallMs } = machine(context)
  run(90)
  now.aheadMs -= DAY_MS
  assert.equal(settled.nowMs(), wallMs())
})
