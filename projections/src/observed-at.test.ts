import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observedAtMs } from './observed-at.ts'

const RECEIVED = Date.UTC(2026, 10, 21)

const cases: [string, number, number, number][] = [
  ['a good clock is believed', RECEIVED - 2_000, 2_000, RECEIVED - 2_000],
  ['an hour behind is put right', RECEIVED - 3_600_000, 3_600_000, RECEIVED],
  ['a day ahead is put right', RECEIVED + 86_400_000, -86_400_000, RECEIVED],
  ['1970 without a known offset becomes the arrival', 5_000, 0, RECEIVED],
  ['the far future becomes the arrival', RECEIVED + 10 * 86_400_000, 0, RECEIVED],
  ['a backfilled frame keeps its own time', RECEIVED - 7_200_000, 120, RECEIVED - 7_200_000],
]

for (const [what, at, clockOffsetMs, expected] of cases)
  test(what, () =>
    assert.equal(observedAtMs({ atMs: BigInt(at) }, { receivedAtMs: RECEIVED, clockOffsetMs }), expected),
  )
