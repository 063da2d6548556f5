// Rounds of decisions and deliveries over what was folded so far. A decision that is on its way into the log is not made
// again until it was read back; a message that is being sent is not sent by another round.

import type { Actor } from '@secumon/contracts/gen/envelope'
import { alert } from '@secumon/domain/alert/alert'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { decide, lookAgain, type NotifyDecision } from '@secumon/domain/notification/decide'
import { deliveries, type DueDelivery } from '@secumon/domain/notification/deliveries'
import { incident } from '@secumon/domain/notification/incident'
import { nextWakeMs } from '@secumon/domain/notification/next-wake'
import { notification } from '@secumon/domain/notification/notification'
import { tenantOf, type NotifyState } from '@secumon/domain/notification/state'
import { handle, NOTHING_YET, type Handled } from '@secumon/infra/eventlog/handle'
import type { Logger } from 'pino'
import { AppendQueue } from '../append-queue.ts'
import { commandIdOf } from '../command-id.ts'
import type { Wake } from '../wake.ts'
import { deliver, type Send } from './deliver.ts'
import type { Faults } from './faults.ts'
import type { NotifyMetrics } from './notify-metrics.ts'
import { UnderWay } from './under-way.ts'

export type RoundsOptions = {
  readonly state: NotifyState
  readonly wake: Wake
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NotifyMetrics
  readonly faults: Faults
  readonly actor: Actor
  readonly send: Send
  readonly worker: string
  /** No round begins after it. */
  readonly signal: AbortSignal
}

/** A clock that was put back, and times that no event wakes for, are noticed so soon. */
const LONGEST_WAIT_MS = 5_000
/** What came to nothing is not tried again at once: why is yet to be read. */
const AGAIN_MS = 1_000
const AFTER_REFUSAL_MS = 60_000
const DELIVERIES_AT_ONCE = 128

export class Rounds {
  readonly #options: RoundsOptions
  readonly #decisions: AppendQueue
  readonly #underWay = new UnderWay()
  /** Attempts: Infinity while they are being made, else when they may be made again, monotonic. */
  readonly #attempts = new Map<string, number>()
  readonly #deliveries = new Map<Promise<void>, string>()
  #begun = false

  constructor(options: RoundsOptions) {
    const { logger, signal, metrics } = options
    this.#options = options
    const onRefused = (error: Error) => {
      metrics.refused.inc()
      logger.error({ err: error }, 'a decision was refused')
    }
    this.#decisions = new AppendQueue({ logger, signal, onRefused })
  }

  get begun(): boolean {
    return this.#begun
  }

  /** All that was in the log is folded: from here on it decides. */
  begin(): void {
    this.#begun = true
    this.#options.wake.ring()
  }

  /** The command was read back. */
  saw(commandId: string): void {
    this.#underWay.end(commandId)
  }

  /** Runs until the signal aborts, and what is being sent then has come to its end. */
  async run(): Promise<void> {
    const { wake, clock, signal } = this.#options
    while (!signal.aborted) {
      const nowMs = clock.nowMs()
      if (this.#begun) this.#round(nowMs)
      await this.#decisions.room()
      await wake.wait(this.#begun ? this.#waitMs(nowMs) : LONGEST_WAIT_MS, signal)
    }
    await Promise.all(this.#deliveries.keys())
  }

  #waitMs(nowMs: number): number {
    const { state, clock, faults } = this.#options
    const wakeMs = Math.min(nextWakeMs(state, nowMs, faults.contain), nowMs + LONGEST_WAIT_MS)
    const againMs = Math.min(this.#underWay.nextMs, ...this.#attempts.values())
    return Math.max(1, Math.min(wakeMs - clock.nowMs(), againMs - clock.monotonicMs()))
  }

  #round(nowMs: number): void {
    const { state, metrics, faults, clock } = this.#options
    this.#underWay.forget(clock.monotonicMs())
    forget(this.#attempts, clock.monotonicMs())
    faults.round(nowMs, (tenant) => lookAgain(state, tenantOf(state, tenant), nowMs))
    for (const due of deliveries(state, nowMs, faults.contain)) this.#send(due)
    for (const decision of decide(state, nowMs, faults.contain)) this.#handOn(decision)
    metrics.sending.set(this.#deliveries.size)
  }

  #handOn(decision: NotifyDecision): void {
    const commandId = commandIdOf('notify', decision.key)
    if (this.#isBeingSent(decision) || !this.#underWay.begin(commandId, decision)) return
    const { aggregate, id } = decision
    this.#decisions.push({
      order: `${aggregate}/${id}`,
      run: async () => {
        const { envelope } = await this.#append(decision, commandId)
        this.#options.metrics.decisions.inc()
        // Nothing was written, so nothing will be read back.
        if (!envelope) this.#underWay.failed(commandId, this.#inMs(AGAIN_MS))
      },
      onRefused: () => this.#underWay.failed(commandId, this.#inMs(AFTER_REFUSAL_MS)),
    })
  }

  #inMs(ms: number): number {
    return this.#options.clock.monotonicMs() + ms
  }

  // Its first attempt says itself that the message is due.
  #isBeingSent({ aggregate, id, command }: NotifyDecision): boolean {
    return aggregate === 'notification' && command.kind === 'Plan' && this.#attempts.has(attemptKey(id, 1))
  }

  #append(decision: NotifyDecision, commandId: string): Promise<Handled> {
    const { store, clock, actor } = this.#options
    const { tenant, aggregate, id } = decision
    const presumed = isFirst(decision) && { presumed: NOTHING_YET }
    const request = { aggregate: { tenant, aggregate, id }, commandId, actor, clock, ...presumed }
    switch (decision.aggregate) {
      case 'incident':
        return handle(store, incident, { ...request, command: decision.command })
      case 'notification':
        return handle(store, notification, { ...request, command: decision.command })
      case 'alert':
        return handle(store, alert, { ...request, command: decision.command })
    }
  }

  #send(due: DueDelivery): void {
    const { logger, wake } = this.#options
    const key = attemptKey(due.notification, due.attempt)
    if (this.#attempts.has(key) || !this.#hasRoom(due.channel)) return
    this.#attempts.set(key, Infinity)
    const delivery = deliver(this.#options, due)
      .catch((error: unknown) => logger.debug({ err: error, attempt: key }, 'an attempt was not begun'))
      .finally(() => {
        this.#deliveries.delete(delivery)
        this.#attempts.set(key, this.#inMs(AGAIN_MS))
        wake.ring()
      })
    this.#deliveries.set(delivery, due.channel)
  }

  // A channel has at most as much as is free: one that hangs leaves room for the others, and alone it has half of all.
  #hasRoom(channel: string): boolean {
    const free = DELIVERIES_AT_ONCE - this.#deliveries.size
    const itsOwn = [...this.#deliveries.values()].filter((each) => each === channel)
    return itsOwn.length < free
  }
}

const attemptKey = (notification: string, attempt: number): string => `${notification} ${attempt}`

/** Nothing was written to its aggregate before. */
const isFirst = ({ command }: NotifyDecision): boolean =>
  command.kind === 'Plan' || (command.kind === 'Advance' && command.after === 0)

function forget(times: Map<string, number>, nowMs: number): void {
  for (const [key, againMs] of times) if (againMs <= nowMs) times.delete(key)
}
