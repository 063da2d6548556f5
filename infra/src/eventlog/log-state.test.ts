// Trouble that ends by the clock is told, also when the clock moves between two looks at it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogState } from './log-state.ts'

for (const stepMs of [0.05, 0.5, 1])
  test(`the end of a trouble is told when the clock moves by ${stepMs} ms at each look`, async () => {
    let nowMs = 0
    const clock = { nowMs: () => nowMs, monotonicMs: () => (nowMs += stepMs) }
    const state = new LogState(clock, 5)
    state.setConnected(true)
    state.setReconciled()
    const seen: unknown[] = []
    const ended = new Promise<void>((resolve) => {
      state.onChange(() => {
        const { trouble } = state
        seen.push(trouble)
        if (trouble === undefined) resolve()
      })
    })
    state.raiseSlow()
    const alive = setInterval(() => undefined, 1_000)
    await ended
    clearInterval(alive)
    assert.deepEqual(seen.at(-1), undefined)
    state.close()
  })
