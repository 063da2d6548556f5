// Whom the night's alerts were told, and with what success.

import { create } from '@bufbuild/protobuf'
import {
  AlertJoinedSchema,
  AlertLeftSchema,
  DeliveryFailedSchema,
  DeliveryStartedSchema,
  IncidentClosedSchema,
  IncidentOpenedSchema,
  NotificationDeliveredSchema,
  NotificationDueSchema,
  NotificationGivenUpSchema,
  RoundDueSchema,
  RoundKind,
  ToldState,
  UnreachedReason,
} from '@secumon/contracts/gen/notification'
import { Severity } from '@secumon/contracts/gen/rule'
import type { DomainEvent } from '@secumon/domain/decider'
import type { Appended } from '../../testing/memory-log.ts'
import {
  CHANNEL,
  CPU,
  DEAD,
  DELIVERED,
  DISK,
  INCIDENT,
  MINUTE,
  NIGHT,
  POLICY,
  say,
  SCHEDULE,
} from './speech.ts'

const due = (notification: string): DomainEvent => ({
  case: 'notificationDue',
  value: create(NotificationDueSchema, {
    incident: INCIDENT,
    channel: CHANNEL,
    kind: RoundKind.FIRST,
    schedule: SCHEDULE,
    member: `on call for ${notification}`,
    alerts: [{ alert: CPU, state: ToldState.FIRING }],
    dueAtMs: BigInt(NIGHT + 6 * MINUTE),
  }),
})

const started = (attempt: number): DomainEvent => ({
  case: 'deliveryStarted',
  value: create(DeliveryStartedSchema, { attempt, worker: 'alerter', untilMs: BigInt(NIGHT + 7 * MINUTE) }),
})

export const told: readonly Appended[] = [
  say({
    aggregate: 'incident',
    id: INCIDENT,
    version: 1,
    atMs: NIGHT + 6 * MINUTE,
    events: [
      {
        case: 'incidentOpened',
        value: create(IncidentOpenedSchema, {
          policy: POLICY,
          policyVersion: 1n,
          group: { team: 'web' },
          alert: { alert: DISK, severity: Severity.WARNING },
          dueAtMs: BigInt(NIGHT + 6 * MINUTE),
        }),
      },
    ],
  }),
  say({
    aggregate: 'incident',
    id: INCIDENT,
    version: 2,
    atMs: NIGHT + 6 * MINUTE,
    events: [
      {
        case: 'alertJoined',
        value: create(AlertJoinedSchema, { alert: { alert: CPU, severity: Severity.CRITICAL } }),
      },
      {
        case: 'roundDue',
        value: create(RoundDueSchema, {
          kind: RoundKind.FIRST,
          notifications: [{ notification: DELIVERED, channel: CHANNEL }],
          alerts: [{ alert: CPU, state: ToldState.FIRING }],
          dueAtMs: BigInt(NIGHT + 6 * MINUTE),
          unreached: [{ reason: UnreachedReason.NOBODY_ON_CALL, schedule: SCHEDULE }],
        }),
      },
    ],
  }),
  say({
    aggregate: 'notification',
    id: DELIVERED,
    version: 1,
    atMs: NIGHT + 6 * MINUTE,
    events: [due(DELIVERED)],
  }),
  say({
    aggregate: 'notification',
    id: DELIVERED,
    version: 2,
    atMs: NIGHT + 6 * MINUTE,
    events: [started(1)],
  }),
  say({
    aggregate: 'notification',
    id: DELIVERED,
    version: 3,
    atMs: NIGHT + 7 * MINUTE,
    events: [
      {
        case: 'deliveryFailed',
        value: create(DeliveryFailedSchema, {
          attempt: 1,
          reason: '503 Service Unavailable',
          retryAtMs: BigInt(NIGHT + 8 * MINUTE),
        }),
      },
    ],
  }),
  say({
    aggregate: 'notification',
    id: DELIVERED,
    version: 4,
    atMs: NIGHT + 8 * MINUTE,
    events: [started(2)],
  }),
  say({
    aggregate: 'notification',
    id: DELIVERED,
    version: 5,
    atMs: NIGHT + 8 * MINUTE,
    events: [
      {
        case: 'notificationDelivered',
        value: create(NotificationDeliveredSchema, { attempt: 2, answer: '204 No Content', tookMs: 31 }),
      },
    ],
  }),
  say({ aggregate: 'notification', id: DEAD, version: 1, atMs: NIGHT + 6 * MINUTE, events: [due(DEAD)] }),
  say({
    aggregate: 'notification',
    id: DEAD,
    version: 2,
    atMs: NIGHT + 6 * MINUTE,
    events: [
      started(1),
      {
        case: 'notificationGivenUp',
        value: create(NotificationGivenUpSchema, { attempt: 1, reason: '404 Not Found', refused: true }),
      },
    ],
  }),
  say({
    aggregate: 'incident',
    id: INCIDENT,
    version: 3,
    atMs: NIGHT + 10 * MINUTE,
    events: [
      { case: 'alertLeft', value: create(AlertLeftSchema, { alert: CPU, why: 'resolved' }) },
      { case: 'incidentClosed', value: create(IncidentClosedSchema) },
    ],
  }),
]
