// A tenant's night for tests of telling people: what happens is written to a log and folded, what is decided is carried out
// by its aggregates and folded back, and messages are sent to channels that do as they are told.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { ROUND_KIND, TOLD_STATE } from '@secumon/contracts/alerting-words'
import {
  AlertAcknowledgedSchema,
  AlertFiredSchema,
  AlertFlappingSchema,
  AlertHostKnownSchema,
  AlertHostUnknownSchema,
  AlertPendingSchema,
  AlertRelabelledSchema,
  AlertResolvedSchema,
  AlertSettledSchema,
  AlertUnacknowledgedSchema,
} from '@secumon/contracts/gen/alert'
import {
  ChannelCreatedSchema,
  EscalationPolicyCreatedSchema,
  EscalationPolicySpecSchema,
} from '@secumon/contracts/gen/escalation'
import { MatchOperator, SilenceCreatedSchema, type Matcher } from '@secumon/contracts/gen/muting'
import { Severity } from '@secumon/contracts/gen/rule'
import { alert as alertDecider } from '../alert/alert.ts'
import type { Decider, DomainEvent } from '../decider.ts'
import { decide, type NotifyDecision } from '../notification/decide.ts'
import { deliveries } from '../notification/deliveries.ts'
import { evolve, type NotifyFact } from '../notification/evolve.ts'
import { incident } from '../notification/incident.ts'
import { nextWakeMs } from '../notification/next-wake.ts'
import { notification, type NotificationCommand } from '../notification/notification.ts'
import { emptyNotifyState, type NotifyOptions, type NotifyState } from '../notification/state.ts'

export const NIGHT_MS = Date.UTC(2026, 10, 23)
export const TENANT = 'main'

/** A ULID that can be told from others. */
export const idOf = (name: string): string =>
  `0${name.toUpperCase().replaceAll(/[^0-9A-HJKMNP-TV-Z]/g, '0')}`.padEnd(26, '0').slice(0, 26)

export const OPTIONS: NotifyOptions = {
  incidentId: ({ alert, group, number }) =>
    ['I', alert, ...(number > 0 ? [number] : []), ...(group === 'summary' ? [group] : [])].join('-'),
  notificationId: ({ incident: of, round, channel }) => `N-${of}-${round}-${channel}`,
  ratePerMinute: () => 600,
}

export type AlertInit = {
  readonly agent?: string
  readonly severity?: Severity
  readonly metric?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly policy?: string
  readonly late?: boolean
  readonly noData?: boolean
  /** How long before it was written it happened. */
  readonly agoMs?: number
}

/** Carries a decision out as the log would: one envelope, or nothing. */
type Aggregates = Map<string, { state: unknown; version: number }>

export class Night {
  readonly log: NotifyFact[] = []
  readonly rounds: string[] = []
  state: NotifyState = emptyNotifyState(OPTIONS)
  nowMs = NIGHT_MS
  /** Names of channels that refuse, or take nothing now. */
  readonly refusing = new Set<string>()
  readonly failing = new Set<string>()
  readonly sent: string[] = []
  readonly #aggregates: Aggregates = new Map()

  /** Writes events and folds them. */
  write(aggregate: string, id: string, ...events: DomainEvent[]): this {
    const key = `${aggregate}.${id}`
    const version = (this.#aggregates.get(key)?.version ?? 0) + 1
    const held = this.#aggregates.get(key)?.state
    this.#aggregates.set(key, { state: folded(aggregate, held, events), version })
    const fact = { tenant: TENANT, aggregate, id, version, atMs: this.nowMs, events }
    this.log.push(fact)
    evolve(this.state, fact)
    return this
  }

  channel(name: string, perMinute = 0): this {
    const spec = { name, kind: 'webhook', ratePerMinute: perMinute }
    return this.write('channel', name, {
      case: 'channelCreated',
      value: create(ChannelCreatedSchema, { spec, secretVersion: 1 }),
    })
  }

  policy(name: string, spec: MessageInitShape<typeof EscalationPolicySpecSchema>): this {
    const value = create(EscalationPolicyCreatedSchema, {
      spec: create(EscalationPolicySpecSchema, { name, sendResolved: true, ...(spec as object) }),
    })
    return this.write('escalation', name, { case: 'escalationPolicyCreated', value })
  }

  fire(id: string, init: AlertInit = {}): this {
    const { agent = 'web-1', metric = 'cpu.usage_percent', severity = Severity.CRITICAL } = init
    const { late = false, noData = false, agoMs = 0 } = init
    const evidence = { atMs: BigInt(this.nowMs - agoMs), late }
    const labels = { agent, rule: 'rule', severity: 'critical', ...init.labels }
    const origin = { agent: idOf(agent), metric, severity, labels, escalationPolicy: init.policy ?? '' }
    return this.write(
      'alert',
      id,
      { case: 'alertPending', value: create(AlertPendingSchema, { origin, evidence }) },
      { case: 'alertFired', value: create(AlertFiredSchema, { evidence, noData }) },
    )
  }

  /** Its agent has another name. */
  relabel(id: string, agent: string): this {
    const held = this.state.tenants.get(TENANT)?.alerts.get(id)
    const origin = { labels: { ...held?.labels, agent }, escalationPolicy: held?.policy ?? '' }
    return this.write('alert', id, {
      case: 'alertRelabelled',
      value: create(AlertRelabelledSchema, { origin }),
    })
  }

  /** The host is gone. */
  offline(id: string, agent = 'web-1'): this {
    return this.fire(id, { agent, metric: 'offline' })
  }

  resolve(...ids: string[]): this {
    for (const id of ids)
      this.write('alert', id, {
        case: 'alertResolved',
        value: create(AlertResolvedSchema, { evidence: { atMs: BigInt(this.nowMs) } }),
      })
    return this
  }

  acknowledge(id: string, untilMs = 0): this {
    const value = create(AlertAcknowledgedSchema, {
      note: 'on it',
      expiresAtMs: BigInt(untilMs),
      sticky: true,
    })
    return this.write('alert', id, { case: 'alertAcknowledged', value })
  }

  takeBack(id: string): this {
    return this.write('alert', id, {
      case: 'alertUnacknowledged',
      value: create(AlertUnacknowledgedSchema),
    })
  }

  flap(id: string): this {
    return this.write('alert', id, { case: 'alertFlapping', value: create(AlertFlappingSchema) })
  }

  /** Nobody is there to hear its host. */
  loseHost(id: string): this {
    return this.write('alert', id, { case: 'alertHostUnknown', value: create(AlertHostUnknownSchema) })
  }

  findHost(id: string): this {
    return this.write('alert', id, { case: 'alertHostKnown', value: create(AlertHostKnownSchema) })
  }

  settle(id: string): this {
    return this.write('alert', id, { case: 'alertSettled', value: create(AlertSettledSchema) })
  }

  silence(id: string, forMs: number, ...matchers: Matcher[]): this {
    const value = create(SilenceCreatedSchema, {
      matchers,
      reason: 'planned',
      startsAtMs: BigInt(this.nowMs),
      expiresAtMs: BigInt(this.nowMs + forMs),
    })
    return this.write('silence', id, { case: 'silenceCreated', value })
  }

  /** Decides, carries out, sends; again until there is nothing to do. Returns what was told. */
  settleDown(): string[] {
    const before = this.sent.length
    for (let round = 0; round < 50; round++) {
      const decisions = decide(this.state, this.nowMs)
      const due = deliveries(this.state, this.nowMs)
      if (decisions.length + due.length === 0) return this.sent.slice(before)
      for (const decision of decisions) this.carryOut(decision)
      for (const { notification: id, attempt } of deliveries(this.state, this.nowMs)) this.#send(id, attempt)
    }
    throw new Error('it does not come to rest')
  }

  /** Lets time pass, stopping wherever something is to be done; returns what was told meanwhile. */
  pass(ms: number): string[] {
    const endMs = this.nowMs + ms
    const told = this.settleDown()
    for (
      let next = nextWakeMs(this.state, this.nowMs);
      next <= endMs;
      next = nextWakeMs(this.state, this.nowMs)
    ) {
      this.nowMs = Math.max(this.nowMs + 1, next)
      told.push(...this.settleDown())
    }
    this.nowMs = endMs
    told.push(...this.settleDown())
    return told
  }

  /** What was said last of why nothing is sent of an alert: `silence by s1`. */
  muted(id: string): string | undefined {
    const held = this.#aggregates.get(`notification.${id}`)?.state as
      { mute?: { stage: string; by: string } } | undefined
    return held?.mute && `${held.mute.stage} by ${held.mute.by}`
  }

  carryOut({ aggregate, id, command }: NotifyDecision): void {
    const decider = DECIDERS[aggregate] as Decider<unknown, unknown>
    const state = this.#aggregates.get(`${aggregate}.${id}`)?.state ?? decider.initial
    const events = decider.decide(command, state)
    if (events.length > 0) this.write(aggregate, id, ...events)
  }

  #send(id: string, attempt: number): void {
    const { nowMs } = this
    const held = this.state.tenants.get(TENANT)?.messages.get(id)
    if (!held) return
    const { channel, due } = held
    this.#command(id, { kind: 'Start', due, attempt, worker: 'test', atMs: nowMs, untilMs: nowMs + 30_000 })
    if (this.refusing.has(channel))
      return this.#command(id, { kind: 'GiveUp', attempt, reason: 'no', refused: true })
    if (this.failing.has(channel))
      return this.#command(id, { kind: 'Fail', notification: id, attempt, reason: 'down', atMs: nowMs })
    this.#command(id, { kind: 'Deliver', attempt, answer: '200', tookMs: 1 })
    const alerts = held.due.alerts.map(({ alert, state }) => `${alert} ${TOLD_STATE.word(state)}`)
    this.sent.push(`${channel}: ${ROUND_KIND.word(held.due.kind)} ${alerts.join(', ')}`)
  }

  #command(id: string, command: NotificationCommand): void {
    this.carryOut({ tenant: TENANT, aggregate: 'notification', id, command, key: '' })
  }
}

const DECIDERS = { alert: alertDecider, incident, notification }

function folded(aggregate: string, held: unknown, events: readonly DomainEvent[]): unknown {
  const decider = (DECIDERS as Record<string, unknown>)[aggregate] as Decider<unknown, unknown> | undefined
  return decider && events.reduce((state, event) => decider.evolve(state, event), held ?? decider.initial)
}

/** A matcher of one label. */
export const label = (name: string, value: string): Matcher => ({
  $typeName: 'secumon.v1.Matcher',
  label: name,
  operator: MatchOperator.EQUAL,
  value,
})

/** A step that tells channels. */
export const step = (
  delayMs: number,
  ...channels: string[]
): { delayMs: number; targets: { target: { case: 'channel'; value: string } }[] } => ({
  delayMs,
  targets: channels.map((value) => ({ target: { case: 'channel', value } })),
})
