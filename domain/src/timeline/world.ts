// Everything a script acts on: hosts that measure, gateways that hear them, the evaluator, the notification pipeline and
// its channels, with a clock that only the script moves.

import { laneNumber } from '@secumon/contracts/lanes'
import { agent } from '../agent.ts'
import { alert } from '../alert/alert.ts'
import type { JudgedFrame } from '../evaluation/judged-frame.ts'
import { rule } from '../rule/rule.ts'
import { Aggregates } from './aggregates.ts'
import { happeningsOf } from './happenings-of.ts'
import type { Happening } from './happening.ts'
import { Host, type Observed } from './host.ts'
import { Judging } from './judging.ts'
import { MAX_MOMENTS, TooManyMoments } from './moments.ts'
import type { TimelineIds } from './ids.ts'
import { Telling } from './telling.ts'

/** Between two ticks of the log. */
const TICK_MS = 5_000
const TELEMETRY = laneNumber('telemetry')

export type WorldOptions = {
  readonly startMs: number
  readonly ids: TimelineIds
  /** Messages per minute of a kind of channel, where the channel sets no limit. */
  readonly ratePerMinute: (kind: string) => number
}

export type NewHost = {
  readonly tenant: string
  readonly name: string
  readonly tags: readonly string[]
  readonly periodMs: number
}

export class World {
  readonly aggregates: Aggregates
  readonly telling: Telling
  readonly judging: Judging
  /** By name. */
  readonly hosts = new Map<string, Host>()
  /** What the platform says of itself with each tick. */
  readings: ReadonlyMap<string, number> = new Map()
  readonly #options: WorldOptions
  readonly #sequences = new Map<string, number>()
  #happenings: Happening[] = []
  /** Since the beginning, by a clock that is right. */
  #nowMs = 0
  #nextTickMs = 0
  /** That have been, or will be when it is where it goes. */
  #moments = 0
  /** Something was appended, or has changed what is due. */
  #isUntold = true
  /** When something is due without that, by the platform's clock. */
  #wakeStampMs = Infinity
  /** By how much the platform's clock is wrong. */
  clockOffsetMs = 0
  isGatewayUp = true

  constructor(options: WorldOptions) {
    this.#options = options
    this.aggregates = new Aggregates((fact) => {
      this.telling.fold(fact)
      this.#isUntold = true
      if (fact.aggregate === rule.aggregate || fact.aggregate === agent.aggregate)
        this.judging.changed(fact.atMs)
      for (const said of happeningsOf(fact, this.aggregates)) this.happen(said)
    })
    this.telling = new Telling(this.aggregates, { ...options.ids, ratePerMinute: options.ratePerMinute })
    this.judging = new Judging(this.aggregates, options.ids.alertId)
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** What the platform's clock says, since 1970. */
  get stampMs(): number {
    return this.#stampOf(this.#nowMs)
  }

  /** A ULID of now. */
  newId(...parts: readonly string[]): string {
    return this.#options.ids.ulidOf(this.stampMs, ...parts)
  }

  addHost({ tenant, name, tags, periodMs }: NewHost): void {
    const id = this.newId('agent', tenant, name)
    this.aggregates.execute({
      ref: { tenant, id },
      decider: agent,
      command: { kind: 'RegisterAgent', name, tags: [...tags], simulated: false },
      atMs: this.stampMs,
    })
    this.hosts.set(name, new Host({ name, id, periodMs }))
  }

  happen(said: Omit<Happening, 'atMs'>): void {
    this.#happenings.push({ ...said, atMs: this.#nowMs })
  }

  /** Takes out what has happened since it was asked last. */
  takeHappenings(): Happening[] {
    const happenings = this.#happenings
    this.#happenings = []
    return happenings
  }

  /** Lets time pass up to the moment, and what is due before it happen. @throws TooManyMoments */
  advanceTo(untilMs: number): void {
    this.#moments += this.#momentsUntil(untilMs)
    if (this.#moments > MAX_MOMENTS) throw new TooManyMoments(this.#moments, MAX_MOMENTS)
    for (let next = this.#nextMs(); next < untilMs; next = this.#nextMs()) {
      this.#nowMs = next
      this.settle()
    }
    this.#nowMs = untilMs
  }

  /** Lets happen what is due at this moment. */
  settle(): void {
    for (const host of this.hosts.values()) {
      if (host.nextMs <= this.#nowMs) host.observe(this.#nowMs)
      if (this.isGatewayUp && host.link === 'online') this.#send(host)
    }
    if (this.#nextTickMs <= this.#nowMs) this.#tick()
    this.#judge()
    if (!this.#isUntold && this.stampMs < this.#wakeStampMs) return
    this.#isUntold = false
    this.telling.tell(this.stampMs)
    this.#wakeStampMs = this.telling.nextMs(this.stampMs)
  }

  /** The alerter goes on from what it has saved: nothing but a law of it is seen. */
  restartAlerter(): void {
    this.judging.restart()
    this.telling.restart()
    this.touch()
  }

  /** A person or the world has done something: what is due is looked at again. */
  touch(): void {
    this.#isUntold = true
  }

  #momentsUntil(untilMs: number): number {
    const [spanMs, hosts] = [untilMs - this.#nowMs, [...this.hosts.values()]]
    const measuring = hosts.filter(({ nextMs }) => nextMs < untilMs)
    return measuring.reduce((sum, { periodMs }) => sum + spanMs / periodMs, spanMs / TICK_MS)
  }

  #nextMs(): number {
    const wakeMs = Math.ceil(this.#wakeStampMs - this.#stampOf(0))
    const nextMs = Math.min(this.#nextTickMs, wakeMs > this.#nowMs ? wakeMs : Infinity)
    return [...this.hosts.values()].reduce((min, host) => Math.min(min, host.nextMs), nextMs)
  }

  #stampOf(atMs: number): number {
    return this.#options.startMs + this.clockOffsetMs + atMs
  }

  #tick(): void {
    this.#nextTickMs = this.#nowMs + TICK_MS
    this.judging.tick({ atMs: this.stampMs, isHeard: this.isGatewayUp, readings: this.readings })
  }

  #judge(): void {
    const atMs = this.stampMs
    for (const { tenant, alert: id, command } of this.judging.decide(atMs))
      this.aggregates.execute({ ref: { tenant, id }, decider: alert, command, atMs })
  }

  #send(host: Host): void {
    for (const observed of host.take()) this.judging.frame(this.#frameOf(host, observed))
  }

  #frameOf({ id }: Host, { atMs, observation }: Observed): JudgedFrame {
    const sequence = (this.#sequences.get(id) ?? 0) + 1
    this.#sequences.set(id, sequence)
    return {
      agent: id,
      epoch: 1,
      lane: TELEMETRY,
      sequence,
      receivedAtMs: this.stampMs,
      observations: [{ atMs: this.#stampOf(atMs), observation }],
    }
  }
}
