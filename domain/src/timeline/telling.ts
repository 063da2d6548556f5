// The notification side of a script: rounds of decisions until nothing is left to decide, and channels that do what the
// script says.

import { alert } from '../alert/alert.ts'
import { decide, type NotifyDecision } from '../notification/decide.ts'
import { deliveries, type DueDelivery } from '../notification/deliveries.ts'
import { evolve, type NotifyFact } from '../notification/evolve.ts'
import { incident } from '../notification/incident.ts'
import { nextWakeMs } from '../notification/next-wake.ts'
import { notification, type NotificationCommand } from '../notification/notification.ts'
import { restoreNotify } from '../notification/restore.ts'
import { saveNotify } from '../notification/saved-state.ts'
import { emptyNotifyState, type NotifyOptions, type NotifyState } from '../notification/state.ts'
import { Rejected } from '../rejected.ts'
import type { Aggregates } from './aggregates.ts'
import type { ChannelBehaviour } from './input.ts'

/** More rounds at one moment, and the pipeline says the same again and again. */
const MAX_ROUNDS = 1_000
const RESERVED_MS = 30_000
const WORKS: ChannelBehaviour = { does: 'works' }

export class Telling {
  readonly #options: NotifyOptions
  #state: NotifyState
  readonly #aggregates: Aggregates
  readonly #behaviours = new Map<string, ChannelBehaviour>()
  isUp = true

  constructor(aggregates: Aggregates, options: NotifyOptions) {
    this.#options = options
    this.#state = emptyNotifyState(options)
    this.#aggregates = aggregates
  }

  /** Goes on from what it has saved. */
  restart(): void {
    this.#state = restoreNotify(this.#options, saveNotify(this.#state))
  }

  /** Takes in what was appended. */
  fold(fact: NotifyFact): void {
    evolve(this.#state, fact)
  }

  /** From now on the channel does this. @param channel ULID */
  setBehaviour(channel: string, behaviour: ChannelBehaviour): void {
    this.#behaviours.set(channel, behaviour)
  }

  /** When something is to be decided or sent without anything happening before; Infinity for never. */
  nextMs(nowMs: number): number {
    return this.isUp ? nextWakeMs(this.#state, nowMs) : Infinity
  }

  /** Decides and sends what is due now. */
  tell(nowMs: number): void {
    if (!this.isUp) return
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const decisions = decide(this.#state, nowMs)
      const due = decisions.length === 0 ? deliveries(this.#state, nowMs) : []
      if (decisions.length + due.length === 0) return
      for (const decision of decisions) this.#carryOut(decision, nowMs)
      for (const delivery of due) this.#deliver(delivery, nowMs)
    }
    throw new Error('the notification pipeline decides the same again and again')
  }

  #carryOut(decision: NotifyDecision, atMs: number): void {
    const { tenant, id } = decision
    const at = { ref: { tenant, id }, atMs }
    switch (decision.aggregate) {
      case 'incident':
        return this.#aggregates.execute({ ...at, decider: incident, command: decision.command })
      case 'notification':
        return this.#aggregates.execute({ ...at, decider: notification, command: decision.command })
      case 'alert':
        return this.#aggregates.execute({ ...at, decider: alert, command: decision.command })
    }
  }

  #deliver({ tenant, notification: id, attempt, channel, due }: DueDelivery, atMs: number): void {
    const append = (command: NotificationCommand): void =>
      this.#aggregates.execute({ ref: { tenant, id }, decider: notification, command, atMs })
    append({ kind: 'Start', due, attempt, worker: 'script', atMs, untilMs: atMs + RESERVED_MS })
    append(outcomeOf(this.#behaviours.get(channel) ?? WORKS, { id, attempt, atMs }))
  }

  /** Has dead letters and waiting messages of a channel tried again. */
  retry(tenant: string, channel: string, atMs: number): void {
    const ids = this.#aggregates.all(notification.aggregate, tenant).map(({ ref }) => ref.id)
    const found = ids.filter((id) => {
      const { message } = this.#aggregates.state(tenant, id, notification)
      return message?.due.channel === channel && message.phase !== 'delivered'
    })
    if (found.length === 0) throw new Rejected('not_found', 'no message of the channel waits')
    for (const id of found)
      this.#aggregates.execute({
        ref: { tenant, id },
        decider: notification,
        command: { kind: 'Retry', atMs },
        atMs,
      })
  }
}

type Attempt = { readonly id: string; readonly attempt: number; readonly atMs: number }

function outcomeOf(behaviour: ChannelBehaviour, { id, attempt, atMs }: Attempt): NotificationCommand {
  switch (behaviour.does) {
    case 'works':
      return { kind: 'Deliver', attempt, answer: 'ok', tookMs: 0 }
    case 'refuses':
      return { kind: 'GiveUp', attempt, reason: behaviour.reason, refused: true }
    case 'fails':
      return { kind: 'Fail', notification: id, attempt, reason: behaviour.reason, atMs }
    case 'busy':
      return {
        kind: 'Fail',
        notification: id,
        attempt,
        reason: 'busy',
        atMs,
        retryAfterMs: behaviour.forMs,
      }
  }
}
