import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roundStep, startsOf } from './buckets.ts'
import { slicesOf } from './slices.ts'

const HOUR = 3_600_000

test('an hour in sixty buckets has minutes, a day half hours, a month twelve hours', () => {
  const at = Date.UTC(2026, 10, 22)
  for (const [hours, buckets, minutes] of [
    [1, 60, 1],
    [24, 60, 30],
    [30 * 24, 60, 720],
    [400 * 24, 100, 5 * 24 * 60],
  ] as const)
    assert.equal(roundStep({ fromMs: at - hours * HOUR, toMs: at }, buckets), minutes * 60_000)
})

const ranges = fc
  .tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 400 * 24 * HOUR }))
  .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs }))

test('buckets cover the range, are no more than asked for, and aligned', () => {
  fc.assert(
    fc.property(ranges, fc.integer({ min: 2, max: 500 }), (range, buckets) => {
      const step = roundStep(range, buckets)
      const starts = startsOf(range, step)
      const [first = Infinity, last = -Infinity] = [starts[0], starts.at(-1)]
      assert.ok(starts.length <= buckets)
      assert.ok(first <= range.fromMs && first > range.fromMs - step && first % step === 0)
      assert.ok(last < range.toMs && last + step >= range.toMs)
    }),
  )
})

test('slices are the range without gap or overlap, from either end, however fast they are read', () => {
  fc.assert(
    fc.property(
      ranges,
      fc.constantFrom('newest', 'oldest'),
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { minLength: 4, maxLength: 4 }),
      (range, order, tookMs, shares) => {
        const [a = 0, b = 0, c = 0, d = 0] = shares
          .map((share) => Math.floor(range.fromMs + share * (range.toMs - range.fromMs)))
          .toSorted((x, y) => x - y)
        const indexed = [
          { fromMs: c, toMs: d },
          { fromMs: a, toMs: b },
        ]
        const isIn = (ms: number) => indexed.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs)
        const cuts = [a, b, c, d].filter((cutMs) => isIn(cutMs - 1) !== isIn(cutMs))
        let clockMs = 0
        let edge = order === 'newest' ? range.toMs : range.fromMs
        const options = { order, nowMs: () => clockMs, withinMs: 1e12, indexed } as const
        for (const { fromMs, toMs, byIndex } of slicesOf(range, options)) {
          assert.ok(fromMs < toMs && (!byIndex || isIn(fromMs)))
          assert.ok(!cuts.some((cutMs) => fromMs < cutMs && cutMs < toMs))
          assert.equal(order === 'newest' ? toMs : fromMs, edge)
          edge = order === 'newest' ? fromMs : toMs
          // Slow enough at times to keep slices narrow; not for a year of them.
          clockMs += clockMs < 10_000 ? tookMs : 0
        }
        assert.equal(edge, order === 'newest' ? range.fromMs : range.toMs)
      },
    ),
  )
})

test('no slice is begun when time is up', () => {
  let clockMs = 0
  const slices = slicesOf(
    { fromMs: 0, toMs: 400 * 24 * HOUR },
    { order: 'newest', nowMs: () => clockMs, withinMs: 5_000 },
  )
  const left: number[] = []
  for (const { leftMs } of slices) {
    left.push(leftMs)
    clockMs += 1_500
  }
  assert.deepEqual(left, [5_000, 3_500, 2_000, 500])
})
