import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppendOutcome } from './event-log.ts'
import { AppendWindow, type WindowLimits } from './append-window.ts'
import { testClock } from './test-event-log.ts'

const LIMITS: WindowLimits = { maxAppends: 2, maxBytes: 100, maxWaiting: 2, ackTimeoutMs: 60_000 }
const appended: AppendOutcome = { outcome: 'appended', position: 1 }

function open(limits: Partial<WindowLimits> = {}) {
  const tokens: number[] = []
  const window = new AppendWindow({ ...LIMITS, ...limits }, testClock, () => undefined)
  return { window, tokens, enter: (sizeBytes = 1) => window.enter(sizeBytes, (token) => tokens.push(token)) }
}

test('who finds no place waits in line and is published when one is free', async () => {
  const { window, tokens, enter } = open()
  const outcomes = [enter(), enter(), enter()]
  assert.deepEqual(tokens, [1, 2])
  assert.equal(window.full, true)
  window.settle(1, () => appended)
  assert.deepEqual(tokens, [1, 2, 3])
  window.settle(3, () => appended)
  window.settle(2, () => ({ outcome: 'conflict' }))
  assert.deepEqual(await Promise.all(outcomes), [appended, { outcome: 'conflict' }, appended])
  assert.equal(window.empty, true)
})

test('a full line answers at once', async () => {
  const { window, enter } = open()
  const kept = [enter(), enter(), enter(), enter()]
  assert.deepEqual(await enter(), { outcome: 'unavailable', reason: 'window_full' })
  window.abandon('disconnected')
  for (const outcome of await Promise.all(kept))
    assert.deepEqual(outcome, { outcome: 'unavailable', reason: 'disconnected' })
})

test('bytes count as well as appends, but one message always fits', async () => {
  const { window, tokens, enter } = open()
  const [first, second] = [enter(500), enter(1)]
  assert.deepEqual(tokens, [1])
  window.settle(1, () => appended)
  assert.deepEqual(tokens, [1, 2])
  window.settle(2, () => appended)
  await Promise.all([first, second])
})

test('an answer that cannot be read fails its append alone', async () => {
  const { window, enter } = open()
  const [bad, good] = [enter(), enter()]
  window.settle(1, () => {
    throw new SyntaxError('not JSON')
  })
  window.settle(2, () => appended)
  await assert.rejects(bad, SyntaxError)
  assert.deepEqual(await good, appended)
})

test('what is not answered in time is slow, and its answer comes too late', async () => {
  const { window, enter } = open({ ackTimeoutMs: 5 })
  assert.deepEqual(await enter(), { outcome: 'unavailable', reason: 'slow' })
  window.settle(1, () => appended)
  assert.equal(window.empty, true)
})
