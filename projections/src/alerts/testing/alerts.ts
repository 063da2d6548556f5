// The alerts of the night: one fires, is acknowledged and resolved; the other is muted.

import { create } from '@bufbuild/protobuf'
import {
  AlertAcknowledgedSchema,
  AlertFiredSchema,
  AlertNotedSchema,
  AlertPendingSchema,
  AlertRelabelledSchema,
  AlertResolvedSchema,
  EvidenceSchema,
  Resolution,
} from '@secumon/contracts/gen/alert'
import { NotificationMutedSchema, NotificationUnmutedSchema } from '@secumon/contracts/gen/notification'
import { Severity } from '@secumon/contracts/gen/rule'
import type { DomainEvent } from '@secumon/domain/decider'
import type { Appended } from '../../testing/memory-log.ts'
import { AGENT, CPU, DISK, MAINTENANCE, MINUTE, NIGHT, RULE, say, SILENCE } from './speech.ts'

/** What a sample at a minute of the night showed. */
export const evidence = (minute: number, value: number, late = false) =>
  create(EvidenceSchema, {
    sample: { agent: AGENT, epoch: 1n, lane: 1, sequence: BigInt(minute + 1), observation: 0 },
    atMs: BigInt(NIGHT + minute * MINUTE),
    receivedAtMs: BigInt(NIGHT + minute * MINUTE + 50),
    value,
    threshold: 90,
    samples: [{ atMs: BigInt(NIGHT + minute * MINUTE), value }],
    late,
    ruleVersion: 1n,
  })

export type Begun = {
  readonly minute: number
  readonly value?: number
  readonly severity?: Severity
  readonly agent?: string
  readonly dimension?: string
}

export const pendingEvent = (begun: Begun): DomainEvent => ({
  case: 'alertPending',
  value: create(AlertPendingSchema, {
    origin: origin(begun),
    evidence: evidence(begun.minute, begun.value ?? 95),
  }),
})

const origin = ({ severity = Severity.CRITICAL, agent = AGENT, dimension = '' }: Begun) => ({
  ruleTenant: 'main',
  rule: RULE,
  ruleVersion: 1n,
  ruleName: 'CPU is busy',
  description: 'for five minutes',
  severity,
  agent,
  agentName: 'web-1',
  metric: 'cpu.usage_percent',
  dimension,
  labels: { team: 'web', severity: 'critical', rule: RULE, agent },
})

/** Its rule has another name and its team too. */
export function relabelledEvent(begun: Begun): DomainEvent {
  const before = origin(begun)
  const now = { ...before, ruleName: 'Disk is busy', labels: { ...before.labels, team: 'night' } }
  return { case: 'alertRelabelled', value: create(AlertRelabelledSchema, { origin: now }) }
}

export const firedEvent = (minute: number, value = 96): DomainEvent => ({
  case: 'alertFired',
  value: create(AlertFiredSchema, {
    evidence: evidence(minute, value),
    pendingSinceMs: BigInt(NIGHT + minute * MINUTE),
  }),
})

export const resolvedEvent = (minute: number, resolution = Resolution.RECOVERED): DomainEvent => ({
  case: 'alertResolved',
  value: create(AlertResolvedSchema, { evidence: evidence(minute, 40), resolution, firedMs: 1n }),
})

export const cpuAlert: readonly Appended[] = [
  say({
    aggregate: 'alert',
    id: CPU,
    version: 1,
    atMs: NIGHT + MINUTE,
    events: [pendingEvent({ minute: 1 })],
  }),
  say({ aggregate: 'alert', id: CPU, version: 2, atMs: NIGHT + 6 * MINUTE, events: [firedEvent(6)] }),
  say({
    aggregate: 'alert',
    id: CPU,
    version: 3,
    atMs: NIGHT + 7 * MINUTE,
    events: [
      { case: 'alertAcknowledged', value: create(AlertAcknowledgedSchema, { note: 'on it', sticky: true }) },
      { case: 'alertNoted', value: create(AlertNotedSchema, { note: 'a runaway\0build' }) },
    ],
  }),
  say({ aggregate: 'alert', id: CPU, version: 4, atMs: NIGHT + 9 * MINUTE, events: [resolvedEvent(9)] }),
]

const DISK_BEGAN: Begun = { minute: 2, severity: Severity.WARNING, dimension: '/data' }

export const diskAlert: readonly Appended[] = [
  say({
    aggregate: 'alert',
    id: DISK,
    version: 1,
    atMs: NIGHT + 2 * MINUTE,
    events: [pendingEvent(DISK_BEGAN), firedEvent(2)],
  }),
  say({
    aggregate: 'alert',
    id: DISK,
    version: 2,
    atMs: NIGHT + 4 * MINUTE,
    events: [relabelledEvent(DISK_BEGAN)],
  }),
  say({
    aggregate: 'notification',
    id: DISK,
    version: 1,
    atMs: NIGHT + 2 * MINUTE,
    events: [
      {
        case: 'notificationMuted',
        value: create(NotificationMutedSchema, {
          alert: DISK,
          stage: 'silence',
          by: SILENCE,
          detail: 'known',
        }),
      },
    ],
  }),
  say({
    aggregate: 'notification',
    id: DISK,
    version: 2,
    atMs: NIGHT + 5 * MINUTE,
    events: [
      { case: 'notificationUnmuted', value: create(NotificationUnmutedSchema, { alert: DISK }) },
      {
        case: 'notificationMuted',
        value: create(NotificationMutedSchema, { alert: DISK, stage: 'maintenance', by: MAINTENANCE }),
      },
    ],
  }),
]
