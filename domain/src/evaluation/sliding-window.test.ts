import { Aggregation } from '@secumon/contracts/gen/rule'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Slices } from './slices.ts'
import { addSample, widened, windowValue, WINDOW_SLICES, type WindowShape } from './sliding-window.ts'

const PERIOD_MS = 10_000
const { AVG, MAX, MIN, RATE } = Aggregation

const shapeOf = (aggregation: WindowShape['aggregation'], windowMs = 60_000, horizonMs = 0): WindowShape => ({
  aggregation,
  windowMs,
  horizonMs,
})

/** What a window says after samples at a time and with a value each. */
function after(
  shape: WindowShape,
  samples: readonly (readonly [atMs: number, value: number])[],
  periodMs = PERIOD_MS,
): number | undefined {
  const slices = new Slices()
  for (const [atMs, value] of samples) addSample(slices, shape, { atMs, value, weight: 1 })
  return windowValue(slices, shape, periodMs)
}

const every = (values: readonly number[]): [number, number][] =>
  values.map((value, i) => [i * PERIOD_MS, value])

const cases: [says: string, shape: WindowShape, values: number[], expected: number | undefined][] = [
  ['the mean', shapeOf(AVG), [1, 2, 3, 6], 3],
  ['the mean of the newest six', shapeOf(AVG), [100, 100, 1, 2, 3, 4, 5, 9], 4],
  ['the highest', shapeOf(MAX), [1, 7, 3, 2], 7],
  ['the lowest', shapeOf(MIN), [4, 7, 3, 5], 3],
  ['the change per second', shapeOf(RATE), [0, 10, 20, 90], 3],
  ['where a line leads', shapeOf('forecast', 60_000, 20_000), [1, 2, 3, 4, 5], 7],
  ['of less than half of it nothing', shapeOf(AVG), [1, 2], undefined],
  ['of half of it something', shapeOf(AVG), [1, 2, 3], 2],
  ['of four points no line', shapeOf('forecast', 60_000, 20_000), [1, 2, 3, 4], undefined],
]

for (const [says, shape, values, expected] of cases)
  test(`a window tells ${says}`, () => assert.equal(after(shape, every(values)), expected))

test('one sample is enough where they come as seldom as the window is long', () =>
  assert.equal(after(shapeOf(AVG, PERIOD_MS), [[0, 5]]), 5))

test('of one moment there is no rate', () => assert.equal(after(shapeOf(RATE, 1_000), [[0, 5]]), undefined))

describe('a window that is too short for what it needs', () => {
  const lengths: [says: string, shape: WindowShape, periodMs: number, expectedMs: number][] = [
    ['a rate has room for two samples', shapeOf(RATE, 10_000), 10_000, 20_000],
    ['also where they are minutes apart', shapeOf(RATE, 10_000), 300_000, 600_000],
    ['a line has room for five', shapeOf('forecast', 600_000), 300_000, 1_500_000],
    ['what is long enough stays as it is', shapeOf(RATE, 60_000), 10_000, 60_000],
    ['one sample is enough for an average', shapeOf(AVG, 1_000), 10_000, 1_000],
  ]
  for (const [says, shape, periodMs, expectedMs] of lengths)
    test(says, () => assert.equal(widened(shape, periodMs).windowMs, expectedMs))

  for (const aggregation of [RATE, 'forecast'] as const)
    test(`${aggregation === RATE ? 'a rate' : 'a line'} comes of samples however seldom, each late by a little`, () =>
      fc.assert(
        fc.property(
          fc.integer({ min: 1_000, max: 300_000 }),
          fc.integer({ min: 1_000, max: 600_000 }),
          fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 7, maxLength: 7 }),
          (periodMs, windowMs, lateness) => {
            const shape = widened(shapeOf(aggregation, windowMs), periodMs)
            const samples = Array.from({ length: 1 + Math.ceil(shape.windowMs / periodMs) }, (_, i) => {
              const latePercent = lateness[i % lateness.length] ?? 0
              return [(i + latePercent / 100) * periodMs, i] as const
            })
            assert.notEqual(after(shape, samples, periodMs), undefined)
          },
        ),
        { numRuns: 50 },
      ))
})

test('a clock that was put back begins a new window', () =>
  assert.equal(after(shapeOf(MAX), [...every([9, 9, 9, 9]), [-100_000, 1], [-90_000, 1], [-80_000, 2]]), 2))

describe('a window', () => {
  const samples = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: -1_000, max: 1_000 })),
    {
      minLength: 1,
      maxLength: 400,
    },
  )
  const naive = (values: readonly number[]): Map<WindowShape['aggregation'], number> =>
    new Map([
      [AVG, values.reduce((a, b) => a + b) / values.length],
      [MAX, Math.max(...values)],
      [MIN, Math.min(...values)],
    ])

  // Where each sample has a slice of its own nothing is lost.
  test('is exact as long as its samples have a slice each', () =>
    fc.assert(
      fc.property(samples, fc.constantFrom(AVG, MAX, MIN), (steps, aggregation) => {
        const shape = shapeOf(aggregation, WINDOW_SLICES * 1_000)
        const slices = new Slices()
        const held: { atMs: number; value: number }[] = []
        let atMs = 0
        for (const [step, value] of steps) {
          atMs += Math.ceil(step / 1_000) * 1_000
          addSample(slices, shape, { atMs, value, weight: 1 })
          held.push({ atMs, value })
          const inside = held
            .filter((sample) => sample.atMs > atMs - shape.windowMs)
            .map((sample) => sample.value)
          const said = windowValue(slices, shape, Infinity)
          assert.ok(Math.abs((said ?? NaN) - (naive(inside).get(aggregation) ?? NaN)) < 1e-9)
        }
      }),
      { numRuns: 50 },
    ))

  test('never holds more than its slices, nor anything older than itself', () =>
    fc.assert(
      fc.property(samples, fc.integer({ min: 1_000, max: 600_000 }), (steps, windowMs) => {
        const shape = shapeOf('forecast', windowMs)
        const slices = new Slices()
        let atMs = 1e12
        for (const [step, value] of steps) {
          atMs += step
          addSample(slices, shape, { atMs, value, weight: 1 })
          assert.ok(slices.size <= WINDOW_SLICES + 1)
          assert.ok(slices.atMs(0) > atMs - windowMs)
        }
        assert.deepEqual(new Slices(slices.toArray()).toArray(), slices.toArray())
      }),
      { numRuns: 50 },
    ))
})
