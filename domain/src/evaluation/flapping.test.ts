import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changePercent, FLAPPING_EVALUATIONS, isFlapping, remember } from './flapping.ts'

const after = (changed: readonly boolean[]): number => changed.reduce(remember, 0)
const times = (count: number, changed: boolean): boolean[] => Array.from({ length: count }, () => changed)

const weights: [says: string, changed: boolean[], percent: number][] = [
  ['nothing changed', times(30, false), 0],
  ['everything changed', times(30, true), 99],
  ['the newest counts 1.18', [true], 5.9],
  ['the oldest counts 0.8', [true, ...times(19, false)], 4],
  ['what is older than 20 evaluations is forgotten', [true, ...times(20, false)], 0],
]
for (const [says, changed, percent] of weights)
  test(`of the last ${FLAPPING_EVALUATIONS}: ${says}`, () =>
    assert.equal(changePercent(after(changed)), percent))

test('it begins above 30 % and ends at 25 %', () => {
  const five = after(times(5, true))
  const six = after(times(6, true))
  assert.deepEqual([changePercent(five), changePercent(six)], [28.5, 33.9])
  assert.deepEqual([isFlapping(five, false), isFlapping(six, false)], [false, true])
  assert.deepEqual(
    [isFlapping(five, true), isFlapping(after([...times(5, true), ...times(9, false)]), true)],
    [true, false],
  )
})
