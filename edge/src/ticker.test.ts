// Ticks on the multiples of the period, and none that pile up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { hostClock } from './host-clock.ts'
import { runEvery } from './ticker.ts'

test('ticks fall on multiples of the period, and a slow task skips those it missed', async () => {
  const clock = hostClock()
  const stop = new AbortController()
  const phases: number[] = []
  let count = 0
  await runEvery({ clock, periodMs: () => 200, signal: stop.signal }, async () => {
    phases.push(clock.monotonicMs())
    if (++count === 2) await setTimeout(450)
    if (count === 5) stop.abort()
  })
  // However late a loaded machine is, each tick belongs to a period of its own.
  const periods = phases.slice(1).map((at) => Math.floor((at + 2) / 200))
  assert.deepEqual(
    periods,
    [...new Set(periods)].toSorted((a, b) => a - b),
  )
  assert.ok((phases[2] ?? 0) - (phases[1] ?? 0) >= 400)
  assert.equal(phases.length, 5)
})
