// A clock that is put back, by seconds or hours: nothing waits until it has caught up.

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { label, Night, NIGHT_MS, OPTIONS, step } from '../testing/night.ts'
import { nextWakeMs } from './next-wake.ts'
import { restoreNotify } from './restore.ts'
import { saveNotify } from './saved-state.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const RUNS = 100

/** What is told, with how long after the beginning, by a clock that nobody puts back. */
type Heard = { readonly atMs: number; readonly line: string }

class Wall {
  readonly night = new Night()
  readonly heard: Heard[] = []
  #putBackMs = 0

  get elapsedMs(): number {
    return this.night.nowMs - NIGHT_MS + this.#putBackMs
  }

  live(ms: number): void {
    const { night } = this
    const endMs = night.nowMs + ms
    this.#listen(night.settleDown())
    for (let next = this.#nextMs(); next <= endMs; next = this.#nextMs()) {
      night.nowMs = Math.max(night.nowMs + 1, next)
      this.#listen(night.settleDown())
    }
    night.nowMs = endMs
    this.#listen(night.settleDown())
  }

  putBack(ms: number): void {
    this.night.nowMs -= ms
    this.#putBackMs += ms
  }

  restart(): void {
    this.night.state = restoreNotify(OPTIONS, structuredClone(saveNotify(this.night.state)))
  }

  #nextMs(): number {
    return nextWakeMs(this.night.state, this.night.nowMs)
  }

  #listen(lines: readonly string[]): void {
    for (const line of lines) this.heard.push({ atMs: this.elapsedMs, line })
  }
}

const delayMs = fc.integer({ min: 0, max: 30 * 60 }).map((seconds) => seconds * SECOND_MS)
const scenes = fc.record({
  groupWaitMs: delayMs,
  delays: fc.array(delayMs, { minLength: 1, maxLength: 3 }),
  repeats: fc.nat(2),
  fails: fc.boolean(),
  how: fc.constantFrom('plain', 'late', 'away', 'no data', 'host back', 'unknown'),
  before: fc.integer({ min: 0, max: 90 * 60 }).map((seconds) => seconds * SECOND_MS),
  backMs: fc.oneof(
    fc.integer({ min: SECOND_MS, max: 2 * MINUTE_MS }),
    fc.integer({ min: MINUTE_MS, max: 12 * HOUR_MS }),
  ),
  restarts: fc.boolean(),
})
type Scene = typeof scenes extends fc.Arbitrary<infer S> ? S : never

/** Longer than all that is due, together. */
const ALL_MS = 12 * HOUR_MS
/** What a message waits for that failed once or twice while its channel was down. */
const RETRY_MS = 20 * MINUTE_MS

function play(scene: Scene, putsBack: boolean): Wall {
  const { groupWaitMs, delays, repeats, before, backMs } = scene
  const wall = new Wall()
  const { night } = wall
  night.channel('slack').policy('p', {
    groupBy: ['agent'],
    groupWaitMs,
    groupIntervalMs: MINUTE_MS,
    repeats,
    steps: delays.map((each) => step(each, 'slack')),
  })
  begin(night, scene)
  if (scene.fails) night.failing.add('slack')
  wall.live(before)
  night.failing.clear()
  if (putsBack) wall.putBack(backMs)
  if (scene.restarts) wall.restart()
  wall.live(ALL_MS)
  return wall
}

function begin(night: Night, { how }: Scene): void {
  if (how === 'host back') night.offline('o')
  night.fire('a', {
    late: how === 'late',
    noData: how === 'no data',
    agoMs: how === 'away' ? 10 * MINUTE_MS : 0,
  })
  if (how === 'unknown') night.loseHost('a').findHost('a')
  if (how === 'host back') night.resolve('o')
}

const byLine = (heard: readonly Heard[]): Heard[] =>
  heard.toSorted((a, b) => (a.line === b.line ? a.atMs - b.atMs : a.line < b.line ? -1 : 1))

test('all is told that would have been told, none later than as if its wait had begun when the clock was put back', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const [right, wrong] = [play(scene, false), play(scene, true)]
      assert.deepEqual(
        wrong.heard.map(({ line }) => line).toSorted(),
        right.heard.map(({ line }) => line).toSorted(),
      )
      const longestMs = Math.max(scene.groupWaitMs + (scene.delays[0] ?? 0), ...scene.delays, 5 * MINUTE_MS)
      const slackMs = longestMs + (scene.fails ? RETRY_MS : 0) + MINUTE_MS
      const [due, told] = [byLine(right.heard), byLine(wrong.heard)]
      due.forEach(({ line, atMs }, i) => {
        const toldMs = told[i]?.atMs ?? Infinity
        assert.ok(toldMs <= atMs + slackMs, `${line}: ${toldMs} instead of ${atMs}`)
      })
    }),
    { numRuns: RUNS, seed: 20_261_122 },
  )
})

test('a silence that is to begin begins when the clock says so, again', () => {
  const night = new Night()
    .channel('slack')
    .policy('p', { steps: [step(0, 'slack')], repeats: 0, repeatIntervalMs: HOUR_MS })
  night.pass(HOUR_MS)
  night
    .silence('s', 10 * HOUR_MS, label('agent', 'web-1'))
    .fire('a')
    .pass(MINUTE_MS)
  assert.equal(night.muted('a'), 'silence by s')
  night.nowMs -= 30 * MINUTE_MS
  assert.deepEqual(night.settleDown(), ['slack: first a firing'])
  night.pass(30 * MINUTE_MS)
  assert.equal(night.muted('a'), 'silence by s')
})
