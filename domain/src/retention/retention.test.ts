import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { retention, type TenantRetention } from './retention.ts'

const PLATFORM = { raw: 30, rollup5min: 90, rollup1hour: 365, logs: 30 }
const set = (days: TenantRetention, state: TenantRetention = {}) =>
  retention.decide({ kind: 'SetRetention', days, platform: PLATFORM }, state)
const after = (days: TenantRetention) => set(days).reduce(retention.evolve, retention.initial)

test('what a tenant keeps is what was set last; what is left out is as the platform has it', () => {
  assert.deepEqual(after({ raw: 7, logs: 3 }), { raw: 7, logs: 3 })
  assert.deepEqual(set({}, { raw: 7 }).reduce(retention.evolve, { raw: 7 }), {})
})

test('the same again changes nothing', () => {
  assert.deepEqual(set({}), [])
  assert.deepEqual(set({ raw: 7 }, { raw: 7 }), [])
})

const refused: [string, TenantRetention, RegExp][] = [
  ['more than the platform', { raw: 31 }, /30 days at most/],
  ['less than what late samples need', { raw: 4 }, /5 days at least/],
  ['half a day', { logs: 0.5 }, /whole days/],
  ['nothing', { logs: 0 }, /one at least/],
  ['five minutes for less than what they are made of', { rollup5min: 20 }, /coarser is kept/],
  ['hours for less than five minutes', { rollup1hour: 80 }, /coarser is kept/],
]
for (const [says, days, reason] of refused)
  test(`refused: ${says}`, () =>
    assert.throws(
      () => set(days),
      (error: unknown) => error instanceof Rejected && error.code === 'invalid' && reason.test(error.message),
    ))
