import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableMarks, MarksMemory } from './durable-marks.ts'

const DELAY_MS = 150_000
const basis = { epoch: 1, connection: 1 }

const confirmed = (): DurableMarks => {
  const marks = new DurableMarks(DELAY_MS)
  marks.confirm(basis, 0, 0)
  return marks
}

test('what was accepted becomes durable after the delay and not before', () => {
  const marks = confirmed()
  marks.accepted(7, 1_000)
  assert.equal(marks.durable(1_000 + DELAY_MS - 1), 0)
  assert.equal(marks.durable(1_000 + DELAY_MS), 7)
})

test('another connection, another epoch or a shorter log start anew', () => {
  for (const [next, sequence] of [
    [{ ...basis, connection: 2 }, 7],
    [{ ...basis, epoch: 2 }, 7],
    [basis, 6],
  ] as const) {
    const marks = confirmed()
    marks.accepted(7, 1_000)
    marks.confirm(next, sequence, 100_000)
    assert.equal(marks.durable(DELAY_MS + 50_000), 0)
    assert.equal(marks.durable(DELAY_MS + 100_000), sequence)
  }
})

test('the same connection and epoch go on', () => {
  const marks = confirmed()
  marks.accepted(7, 1_000)
  marks.confirm(basis, 9, 100_000)
  assert.equal(marks.durable(1_000 + DELAY_MS), 7)
})

test('nothing is durable that was not accepted for the delay, and what is never falls', () => {
  const steps = fc.array(
    fc.record({ frames: fc.integer({ min: 0, max: 5 }), afterMs: fc.integer({ min: 0, max: 60_000 }) }),
  )
  fc.assert(
    fc.property(steps, (run) => {
      const marks = confirmed()
      const acceptedAtMs: number[] = []
      let [nowMs, before] = [0, 0]
      for (const { frames, afterMs } of run) {
        nowMs += afterMs
        for (let i = 0; i < frames; i++) acceptedAtMs.push(nowMs)
        marks.accepted(acceptedAtMs.length, nowMs)
        const durable = marks.durable(nowMs)
        assert.ok(durable >= before)
        for (const atMs of acceptedAtMs.slice(0, durable)) assert.ok(nowMs - atMs >= DELAY_MS)
        before = durable
      }
    }),
  )
})

test('a steady lane lags behind by little more than the delay', () => {
  const marks = confirmed()
  for (let sequence = 1; sequence <= 1_000; sequence++) marks.accepted(sequence, sequence * 1_000)
  const durable = marks.durable(1_000_000)
  assert.ok(durable <= 850 && durable >= 850 - 11, `${durable}`)
})

test('a lane that comes back finds its marks', () => {
  const memory = new MarksMemory(DELAY_MS)
  assert.equal(memory.of('a'), memory.of('a'))
  assert.notEqual(memory.of('a'), memory.of('b'))
})
