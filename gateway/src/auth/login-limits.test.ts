import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { LIMITS, loginLimits, TooManyAttempts } from './login-limits.ts'

const MINUTE_MS = 60_000
const ADDRESS = '192.0.2.1'

test('an address that goes on after its limit is remembered with no more names', async (t) => {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.UTC(2026, 0, 1) })
  t.after(() => mock.timers.reset())
  const limits = loginLimits()
  for (let i = 0; i < LIMITS.address; i++) await limits.count({ name: `n${i}`, address: ADDRESS })
  mock.timers.tick(14 * MINUTE_MS)
  for (let i = 0; i < 2 * LIMITS.pair; i++)
    await assert.rejects(limits.count({ name: 'late', address: ADDRESS }), TooManyAttempts)
  mock.timers.tick(2 * MINUTE_MS)
  await limits.count({ name: 'late', address: ADDRESS })
})
