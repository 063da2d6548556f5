import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameAfter, TEST_ANCHOR, testClock } from '../testing/chain.ts'
import { frameRequest } from './requests.ts'

const DAY_MS = 86_400_000

test('a frame of a host that was off for a hundred days is as old as it is', () => {
  const clock = testClock()
  const { bytes, signature, sequence } = frameAfter(TEST_ANCHOR)
  clock.wallMs = 1_000 + 100 * DAY_MS
  const sealedAt = { bootId: '99999999-8888-7777-6666-555555555555', uptimeMs: 5 }
  const { message } = frameRequest({ bytes, signature, sequence, ...sealedAt }, clock)
  assert(message.case === 'submission')
  const { ageMs, furtherAgeMs } = message.value
  assert.equal(ageMs, 2 ** 32 - 1)
  assert.equal(ageMs + Number(furtherAgeMs), 100 * DAY_MS)
})
