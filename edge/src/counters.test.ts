import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WRAP_32, correctedDelta, counterDelta, createCounterTable, kernelWrap } from './counters.ts'

const counter = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const narrow = fc.nat({ max: WRAP_32 - 1 })

test('a counter that went on gained the difference', () => {
  fc.assert(
    fc.property(counter, counter, (a, b) => counterDelta(Math.min(a, b), Math.max(a, b)) === Math.abs(a - b)),
  )
})

test('a counter without a wrap that went back restarted: all it shows is gain', () => {
  fc.assert(
    fc.property(
      counter,
      counter,
      (a, b) => a === b || counterDelta(Math.max(a, b), Math.min(a, b)) === Math.min(a, b),
    ),
  )
})

test('a 32-bit counter that wrapped gained what it gained, below half its range', () => {
  fc.assert(
    fc.property(
      narrow,
      fc.nat({ max: WRAP_32 / 2 - 1 }),
      (start, gain) => counterDelta(start, (start + gain) % WRAP_32, WRAP_32) === gain,
    ),
  )
})

test('a delta is never negative and never more than half a range above what is shown', () => {
  fc.assert(
    fc.property(counter, counter, fc.boolean(), (previous, current, wraps) => {
      const delta = counterDelta(previous, current, wraps ? WRAP_32 : undefined)
      return delta >= 0 && delta < Math.max(current + 1, WRAP_32 / 2)
    }),
  )
})

test('the deltas of any run of readings add up to what a never-wrapping counter gained', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 ** 30 }), { maxLength: 50 }), (gains) => {
      let total = 0
      let shown = 0
      for (const gain of gains) {
        const next = (shown + gain) % WRAP_32
        total += counterDelta(shown, next, WRAP_32)
        shown = next
      }
      return total === gains.reduce((sum, gain) => sum + gain, 0)
    }),
  )
})

test('a value above 32 bits shows a wide counter: going back is a restart even where words are narrow', () => {
  assert.equal(counterDelta(WRAP_32 + 5, 3, WRAP_32), 3)
})

test('a corrected counter loses nothing and gains nothing by a step back', () => {
  assert.equal(correctedDelta(100, 98), 0)
  assert.equal(correctedDelta(98, 100), 2)
})

test('only 32-bit kernels have wrapping words', () => {
  assert.equal(kernelWrap('arm'), WRAP_32)
  assert.equal(kernelWrap('x64'), undefined)
})

test('a table knows a name from its second reading on and forgets what went away', () => {
  const table = createCounterTable()
  assert.equal(table.deltas('eth0', [10]), undefined)
  table.endReading()
  assert.deepEqual(table.deltas('eth0', [15]), [5])
  table.endReading()
  table.endReading()
  assert.equal(table.deltas('eth0', [20]), undefined, 'absent for one reading: no baseline any more')
})
