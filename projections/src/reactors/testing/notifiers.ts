// Notifiers over one log in memory, each going on step by step, so that a test says who goes on next, who dies where, and
// from which of its states a successor goes on. What they decide and how it gets into the log is the real thing; only time
// and channels are the test's.

import { alert } from '@secumon/domain/alert/alert'
import type { AggregateRef, Decider, DomainEvent } from '@secumon/domain/decider'
import { decide, type NotifyDecision } from '@secumon/domain/notification/decide'
import { deliveries, type DueDelivery } from '@secumon/domain/notification/deliveries'
import { evolve, type NotifyFact } from '@secumon/domain/notification/evolve'
import { incident } from '@secumon/domain/notification/incident'
import { nextWakeMs } from '@secumon/domain/notification/next-wake'
import { notification, type NotificationCommand } from '@secumon/domain/notification/notification'
import { restoreNotify } from '@secumon/domain/notification/restore'
import { saveNotify, type SavedNotify } from '@secumon/domain/notification/saved-state'
import { emptyNotifyState, type NotifyOptions, type NotifyState } from '@secumon/domain/notification/state'
import { Rejected } from '@secumon/domain/rejected'
import { commandIdOf, incidentIdOf, notificationIdOf } from '../command-id.ts'
import { UnderWay } from '../notify/under-way.ts'

const OPTIONS: NotifyOptions = {
  incidentId: incidentIdOf,
  notificationId: notificationIdOf,
  ratePerMinute: () => 600,
}
const RESERVED_MS = 30_000
const AGAIN_MS = 1_000

export type LogEntry = NotifyFact & { readonly commandId: string }

type Commanded<Command, State> = {
  readonly ref: AggregateRef
  readonly decider: Decider<Command, State>
  readonly command: Command
  readonly commandId: string
  readonly atMs: number
}

/** EVENTS, as every notifier reads them. */
export class SharedLog {
  readonly entries: LogEntry[] = []
  readonly #aggregates = new Map<string, LogEntry[]>()

  append(ref: AggregateRef, said: Pick<LogEntry, 'commandId' | 'atMs' | 'events'>): void {
    const held = this.#of(ref)
    const entry = { ...ref, version: held.length + 1, ...said }
    held.push(entry)
    this.entries.push(entry)
  }

  /** As `handle` does it: the same command has its effect once. @returns whether anything was written @throws Rejected */
  execute<Command, State>({ ref, decider, command, commandId, atMs }: Commanded<Command, State>): boolean {
    const held = this.#of(ref)
    if (held.some((entry) => entry.commandId === commandId)) return true
    const state = held.flatMap(({ events }) => events).reduce(decider.evolve, decider.initial)
    const events: readonly DomainEvent[] = decider.decide(command, state)
    if (events.length > 0) this.append(ref, { commandId, atMs, events })
    return events.length > 0
  }

  #of({ tenant, aggregate, id }: AggregateRef): LogEntry[] {
    const key = `${tenant}/${aggregate}/${id}`
    const held = this.#aggregates.get(key) ?? []
    this.#aggregates.set(key, held)
    return held
  }
}

/** What was saved of a notifier: its state, and up to where it had read. */
export type SavedNotifier = { readonly state: SavedNotify; readonly place: number }

export type Sent = { readonly notification: string; readonly attempt: number; readonly worker: string }

/** What notifiers have in common. */
export type Surroundings = {
  readonly log: SharedLog
  readonly sent: Sent[]
  nowMs: number
}

export class Notifier {
  readonly name: string
  readonly #around: Surroundings
  readonly #state: NotifyState
  readonly #underWay = new UnderWay()
  readonly #attempts = new Set<string>()
  /** It decides nothing before it has read what was there when it began. */
  readonly #beginsAt: number
  #place: number
  #steps: Generator<void> | undefined
  /** The message that it has begun to send and of which it has not said yet what became. */
  sending: string | undefined

  constructor(name: string, around: Surroundings, saved?: SavedNotifier) {
    this.name = name
    this.#around = around
    this.#state = saved ? restoreNotify(OPTIONS, structuredClone(saved.state)) : emptyNotifyState(OPTIONS)
    this.#place = saved?.place ?? 0
    this.#beginsAt = around.log.entries.length
  }

  save(): SavedNotifier {
    return { state: structuredClone(saveNotify(this.#state)), place: this.#place }
  }

  get nextMs(): number {
    return Math.min(nextWakeMs(this.#state, this.#around.nowMs), this.#underWay.nextMs)
  }

  get hasReadAll(): boolean {
    return this.#place === this.#around.log.entries.length
  }

  get isIdle(): boolean {
    return this.#steps === undefined
  }

  read(count: number): void {
    const { entries } = this.#around.log
    for (const entry of entries.slice(this.#place, this.#place + count)) {
      this.#place++
      evolve(this.#state, entry)
      this.#underWay.end(entry.commandId)
    }
  }

  /** Goes on by one step of its round; begins one where it has none. */
  step(): void {
    if (this.#place < this.#beginsAt) return
    this.#steps ??= this.#round()
    if (this.#steps.next().done) this.#steps = undefined
  }

  *#round(): Generator<void> {
    const { nowMs } = this.#around
    this.#underWay.forget(nowMs)
    const due = deliveries(this.#state, nowMs)
    const decisions = decide(this.#state, nowMs)
    for (const decision of decisions) yield* this.#carryOut(decision)
    for (const one of due) yield* this.#deliver(one)
  }

  *#carryOut(decision: NotifyDecision): Generator<void> {
    const commandId = commandIdOf('notify', decision.key)
    if (!this.#underWay.begin(commandId, decision)) return
    yield
    const { nowMs } = this.#around
    if (!this.#execute(decision, commandId)) this.#underWay.failed(commandId, nowMs + AGAIN_MS)
  }

  #execute(decision: NotifyDecision, commandId: string): boolean {
    const { log, nowMs: atMs } = this.#around
    const { tenant, aggregate, id } = decision
    const common = { ref: { tenant, aggregate, id }, commandId, atMs }
    switch (decision.aggregate) {
      case 'incident':
        return log.execute({ ...common, decider: incident, command: decision.command })
      case 'notification':
        return log.execute({ ...common, decider: notification, command: decision.command })
      case 'alert':
        return log.execute({ ...common, decider: alert, command: decision.command })
    }
  }

  *#deliver({ tenant, notification: id, attempt, due }: DueDelivery): Generator<void> {
    const key = `${id} ${attempt}`
    if (this.#attempts.has(key)) return
    this.#attempts.add(key)
    const say = (command: NotificationCommand): void => {
      const { log, nowMs: atMs } = this.#around
      const commandId = `${this.name} ${log.entries.length} ${command.kind} ${key}`
      log.execute({
        ref: { tenant, aggregate: 'notification', id },
        decider: notification,
        command,
        commandId,
        atMs,
      })
    }
    yield
    if (!this.#isStarted(() => say(this.#start(attempt, due)))) return
    this.sending = id
    yield
    this.#around.sent.push({ notification: id, attempt, worker: this.name })
    yield
    say({ kind: 'Deliver', attempt, answer: 'ok', tookMs: 0 })
    this.sending = undefined
  }

  #start(attempt: number, due: DueDelivery['due']): NotificationCommand {
    const { nowMs: atMs } = this.#around
    return { kind: 'Start', due, attempt, worker: this.name, atMs, untilMs: atMs + RESERVED_MS }
  }

  // Whoever is refused must not send.
  #isStarted(start: () => void): boolean {
    try {
      start()
      return true
    } catch (error) {
      if (error instanceof Rejected) return false
      throw error
    }
  }
}
