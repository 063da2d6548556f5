import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RebuildProgress } from '@secumon/projections/rebuild/steering'
import { duration, paceAfter, progressText, progressView } from './rebuild-view.ts'

const progress: RebuildProgress = {
  phase: 'archive',
  detail: null,
  taken: 500,
  done: 500,
  total: 2_000,
  flush: 9,
  horizon: Date.UTC(2026, 9, 18),
  paused: false,
  rate: null,
}

const cases: readonly (readonly [says: string, change: Partial<RebuildProgress>, text: string])[] = [
  [
    'how far, how fast, how long',
    {},
    '[######                  ] 25 % of the archive (from 2026-10-18), 1,000 frames/s, 00:00:02 left',
  ],
  [
    'that it is held',
    { paused: true },
    '[######                  ] 25 % of the archive (from 2026-10-18), paused',
  ],
  ['its limit', { phase: 'log', rate: 1_500 }, 'the log: 500 taken, 1,000 frames/s (at most 1,500)'],
  [
    'no more than all',
    { done: 9_999, horizon: null },
    `[${'#'.repeat(24)}] 100 % of the archive, 1,000 frames/s, 00:00:00 left`,
  ],
]
for (const [says, change, text] of cases)
  test(`the view says ${says}`, () => assert.equal(progressText({ ...progress, ...change }, 1_000), text))

test('a rate settles, and a long rebuild shows hours', () => {
  let pace = paceAfter(undefined, 0, 0)
  for (let second = 1; second <= 60; second++) pace = paceAfter(pace, second * 100, second * 1_000)
  assert.equal(Math.round(pace.perSecond), 100)
  assert.equal(duration(3_600 * 25 + 61), '25:01:01')
})

test('a terminal is drawn on in place, a file gets a line every five seconds', () => {
  for (const isTTY of [true, false]) {
    let [now, written] = [0, '']
    const screen = { isTTY, write: (text: string | Uint8Array) => ((written += String(text)), true) }
    const view = progressView(screen, () => now)
    for (; now <= 10_000; now += 1_000) view.show(progress)
    assert.equal(written.split('\n').length - 1, isTTY ? 0 : 2)
    assert.equal(written.includes('\r'), isTTY)
  }
})
