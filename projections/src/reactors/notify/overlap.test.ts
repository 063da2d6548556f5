// What holds whoever tells people, and however often it dies: killed between any two steps and gone on with from any state
// that was saved; two at once, because one does not know yet that its lease is over.

import { MatchOperator, type Matcher } from '@secumon/contracts/gen/muting'
import { label, Night, step } from '@secumon/domain/testing/night'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Notifier, SharedLog, type SavedNotifier, type Surroundings } from '../testing/notifiers.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const SEED = 20_261_122
const RUNS = 40

/** Numbers from 0 to below 1 that follow from a seed: the algorithm `mulberry32`. */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const AGENTS = ['web-1', 'web-2']

/** What happens in the world, one thing at a time. */
type Happening = { readonly kind: number; readonly at: number; readonly waitMs: number }
const happenings = fc.array(
  fc.record({
    kind: fc.nat(6),
    at: fc.nat(30),
    waitMs: fc.oneof(fc.integer({ min: 1, max: 5 * SECOND_MS }), fc.integer({ min: 1, max: 20 * MINUTE_MS })),
  }),
  { minLength: 1, maxLength: 15 },
)

class Theatre {
  readonly around: Surroundings = { log: new SharedLog(), sent: [], nowMs: 0 }
  readonly #night = new Night()
  readonly #random: () => number
  readonly #kills: boolean
  readonly #saved: (SavedNotifier | undefined)[] = [undefined]
  #notifiers: Notifier[]
  #born = 0
  #told = 0
  /** By message: how often its sender was killed between beginning and saying what became of it. */
  readonly killedWhileSending = new Map<string, number>()

  constructor({ seed, notifiers, kills }: { seed: number; notifiers: number; kills: boolean }) {
    this.#random = numbersOf(seed)
    this.#kills = kills
    this.around.nowMs = this.#night.nowMs
    this.#night
      .channel('slack')
      .channel('sms')
      .policy('p', {
        groupBy: ['agent'],
        groupWaitMs: 10 * SECOND_MS,
        groupIntervalMs: 2 * MINUTE_MS,
        repeatIntervalMs: 30 * MINUTE_MS,
        steps: [step(0, 'slack'), step(5 * MINUTE_MS, 'sms')],
      })
    this.#notifiers = Array.from({ length: notifiers }, () => this.#bear())
  }

  happen({ kind, at }: Happening): void {
    const night = this.#night
    night.nowMs = this.around.nowMs
    const agent = AGENTS[at % AGENTS.length] ?? ''
    const open = [...(night.state.tenants.get('main')?.alerts.values() ?? [])].filter(
      (one) => one.phase === 'firing',
    )
    const id = open[at % Math.max(1, open.length)]?.id
    const name = `a${String(night.log.length).padStart(3, '0')}`
    // It ends at a moment of its own.
    const spanMs = (at + 1) * MINUTE_MS + 7
    if (kind <= 1) night.fire(name, { agent })
    else if (kind === 2) night.silence(`s${night.log.length}`, spanMs, matcherOf(agent))
    else if (id === undefined) night.offline(name, agent)
    else if (kind === 3) night.acknowledge(id, at % 2 ? 0 : night.nowMs + spanMs)
    else night.resolve(id)
  }

  /** One after the other: what is read of one moment in two parts may be told in two. */
  resolveAll(): void {
    const night = this.#night
    const all = [...(night.state.tenants.get('main')?.alerts.values() ?? [])]
    for (const { id, phase } of all) {
      if (phase === 'resolved') continue
      night.nowMs = this.around.nowMs
      night.resolve(id)
      this.pass(1)
    }
  }

  /** Lets time pass; at each moment at which something is due the notifiers are disturbed, and then come to rest. */
  pass(ms: number): void {
    const { around } = this
    const endMs = around.nowMs + ms
    this.#moment()
    for (let next = this.#nextMs(); next <= endMs; next = this.#nextMs()) {
      around.nowMs = Math.max(around.nowMs + 1, Math.ceil(next))
      this.#moment()
    }
    around.nowMs = endMs
    this.#moment()
  }

  #nextMs(): number {
    return Math.min(...this.#notifiers.map((one) => one.nextMs))
  }

  #moment(): void {
    const { log, nowMs: atMs } = this.around
    for (const fact of this.#night.log.slice(this.#told))
      log.append(fact, { commandId: `world ${this.#told++}`, atMs, events: fact.events })
    for (let left = Math.floor(this.#random() * 30); left > 0; left--) this.#disturb()
    this.#rest()
  }

  #disturb(): void {
    const place = Math.floor(this.#random() * this.#notifiers.length)
    const one = this.#notifiers[place]
    const fate = this.#random()
    if (!one) return
    if (fate < 0.45) one.step()
    else if (fate < 0.85) one.read(1 + Math.floor(this.#random() * 3))
    else if (fate < 0.93) this.#saved.push(one.save())
    else if (this.#kills) this.#kill(one, place)
  }

  #kill(one: Notifier, place: number): void {
    const { sending } = one
    if (sending !== undefined)
      this.killedWhileSending.set(sending, (this.killedWhileSending.get(sending) ?? 0) + 1)
    this.#notifiers[place] = this.#bear(this.#saved[Math.floor(this.#random() * this.#saved.length)])
  }

  #bear(saved?: SavedNotifier): Notifier {
    return new Notifier(`notifier ${++this.#born}`, this.around, saved)
  }

  #rest(): void {
    const { log, sent } = this.around
    for (let round = 0; round < 1_000; round++) {
      const before = log.entries.length + sent.length
      for (const one of this.#notifiers) {
        one.read(Infinity)
        do one.step()
        while (!one.isIdle)
      }
      const isAllRead = this.#notifiers.every((one) => one.hasReadAll)
      if (isAllRead && log.entries.length + sent.length === before) return
    }
    throw new Error('they do not come to rest')
  }

  /** What became of incidents, each with its events in order; and which messages were planned. */
  decided(): unknown {
    const incidents = new Map<string, unknown[]>()
    for (const { aggregate, id, events, atMs } of this.around.log.entries)
      if (aggregate === 'incident')
        incidents.set(id, [...(incidents.get(id) ?? []), ...events.map((event) => ({ atMs, event }))])
    return [...incidents].toSorted(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Ids of the messages that incidents planned. */
  planned(): string[] {
    return this.around.log.entries.flatMap(({ events }) =>
      events.flatMap((event) =>
        event.case === 'roundDue' ? event.value.notifications.map((one) => one.notification) : [],
      ),
    )
  }

  times(of: string): number {
    return this.around.sent.filter(({ notification }) => notification === of).length
  }
}

const matcherOf = (agent: string): Matcher => ({ ...label('agent', agent), operator: MatchOperator.EQUAL })

function play(theatre: Theatre, all: readonly Happening[]): Theatre {
  for (const one of all) {
    theatre.happen(one)
    theatre.pass(one.waitMs)
  }
  theatre.resolveAll()
  theatre.pass(24 * 60 * MINUTE_MS)
  return theatre
}

function assertToldOnce(theatre: Theatre): void {
  const planned = theatre.planned()
  assert.equal(new Set(planned).size, planned.length, 'a message was planned twice')
  for (const id of planned) {
    const [times, kills] = [theatre.times(id), theatre.killedWhileSending.get(id) ?? 0]
    assert.ok(times >= 1, `${id} was never sent`)
    assert.ok(times <= 1 + kills, `${id} was sent ${times} times, and its sender killed ${kills} times`)
  }
  assert.deepEqual(new Set(theatre.around.sent.map(({ notification }) => notification)), new Set(planned))
}

const cases = [happenings, fc.integer()] as const

test('one that is killed anywhere and goes on from any saved state decides what one decides that never is', () => {
  fc.assert(
    fc.property(...cases, (all, seed) => {
      const undisturbed = play(new Theatre({ seed, notifiers: 1, kills: false }), all)
      const killed = play(new Theatre({ seed, notifiers: 1, kills: true }), all)
      assert.deepEqual(killed.decided(), undisturbed.decided())
      assertToldOnce(undisturbed)
      assertToldOnce(killed)
    }),
    { numRuns: RUNS, seed: SEED },
  )
})

test('two at once, killed anywhere, request no message twice and lose none', () => {
  fc.assert(
    fc.property(...cases, (all, seed) => {
      const theatre = play(new Theatre({ seed, notifiers: 2, kills: true }), all)
      assertToldOnce(theatre)
    }),
    { numRuns: RUNS, seed: SEED },
  )
})
