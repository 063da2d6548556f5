// Messages to channels: where each stands, and every attempt with its answer.

import type {
  DeliveryFailed,
  DeliveryStarted,
  NotificationDelivered,
  NotificationDue,
  NotificationGivenUp,
  NotificationRetried,
} from '@secumon/contracts/gen/notification'
import { toldAlerts, type StoredToldAlert } from './incidents.ts'
import type { Said } from './said.ts'
import { folded } from './table.ts'

/** `waiting`: failed, to be tried again. `dead`: nobody tries it any more. */
export type NotificationState = 'due' | 'sending' | 'waiting' | 'delivered' | 'dead'

/** Times are milliseconds. `lost`: another attempt began, and nothing is known of how this one ended. */
export type StoredAttempt = {
  readonly attempt: number
  readonly started_at: number | null
  readonly worker: string | null
  readonly ended_at: number | null
  readonly outcome: 'delivered' | 'failed' | 'dead' | 'lost' | null
  readonly answer: string | null
  readonly reason: string | null
  readonly took_ms: number | null
  readonly retry_at: number | null
}

export type NotificationColumns = {
  readonly state: NotificationState
  readonly incident_id: string
  readonly channel_id: string
  readonly kind: number
  readonly step: number
  readonly schedule_id: string
  readonly member: string
  readonly due_at: number
  readonly test: boolean
  readonly alerts: readonly StoredToldAlert[]
  readonly alert_ids: readonly string[]
  readonly attempts: readonly StoredAttempt[]
  readonly retry_at: number | null
  readonly answer: string
  readonly reason: string
  readonly refused: boolean
  readonly delivered_at: number | null
}

type Row = NotificationColumns

const EVENTS = new Set([
  'notificationDue',
  'deliveryStarted',
  'notificationDelivered',
  'deliveryFailed',
  'notificationGivenUp',
  'notificationRetried',
])

export const notifications = folded<NotificationColumns>({
  table: 'notifications',
  aggregate: 'notification',
  partsOf: ({ event }) => (EVENTS.has(event.case) ? [''] : []),
  fold(row, said) {
    const { event } = said
    if (event.case === 'notificationDue') return due(event.value)
    if (event.case === 'notificationRetried') return retried(row, event.value)
    if (!row) return undefined
    switch (event.case) {
      case 'deliveryStarted':
        return started(row, said, event.value)
      case 'notificationDelivered':
        return delivered(row, said, event.value)
      case 'deliveryFailed':
        return failed(row, said, event.value)
      case 'notificationGivenUp':
        return givenUp(row, said, event.value)
      default:
        return row
    }
  },
})

const due = (value: NotificationDue): Row => ({
  state: 'due',
  incident_id: value.incident,
  channel_id: value.channel,
  kind: value.kind,
  step: value.step,
  schedule_id: value.schedule,
  member: value.member,
  due_at: Number(value.dueAtMs),
  test: value.test,
  alerts: toldAlerts(value.alerts),
  alert_ids: value.alerts.map(({ alert }) => alert),
  attempts: [],
  retry_at: null,
  answer: '',
  reason: '',
  refused: false,
  delivered_at: null,
})

const NEW_ATTEMPT = {
  started_at: null,
  worker: null,
  ended_at: null,
  outcome: null,
  answer: null,
  reason: null,
  took_ms: null,
  retry_at: null,
}

const started = (row: Row, { atMs }: Said, { attempt, worker }: DeliveryStarted): Row => ({
  ...row,
  state: 'sending',
  retry_at: null,
  attempts: [
    ...row.attempts.map((made) =>
      made.outcome === null ? { ...made, outcome: 'lost' as const, ended_at: atMs } : made,
    ),
    { ...NEW_ATTEMPT, attempt, worker, started_at: atMs },
  ],
})

const delivered = (row: Row, { atMs }: Said, { attempt, answer, tookMs }: NotificationDelivered): Row => ({
  ...row,
  state: 'delivered',
  answer,
  delivered_at: atMs,
  attempts: ended(row, attempt, { ended_at: atMs, outcome: 'delivered', answer, took_ms: tookMs }),
})

const failed = (row: Row, { atMs }: Said, { attempt, reason, retryAtMs }: DeliveryFailed): Row => ({
  ...row,
  state: 'waiting',
  reason,
  retry_at: Number(retryAtMs),
  attempts: ended(row, attempt, { ended_at: atMs, outcome: 'failed', reason, retry_at: Number(retryAtMs) }),
})

const givenUp = (row: Row, { atMs }: Said, { attempt, reason, refused }: NotificationGivenUp): Row => ({
  ...row,
  state: 'dead',
  reason,
  refused,
  retry_at: null,
  attempts: ended(row, attempt, { ended_at: atMs, outcome: 'dead', reason }),
})

// A message that is past its retention here comes with all it said.
function retried(row: Row | undefined, value: NotificationRetried): Row | undefined {
  if (row) return { ...row, state: 'due', retry_at: null, refused: false }
  return value.due && due(value.due)
}

// The newest of that number: a person may have had it tried again from the first.
function ended(row: Row, attempt: number, end: Partial<StoredAttempt>): StoredAttempt[] {
  const index = row.attempts.findLastIndex((made) => made.attempt === attempt)
  if (index === -1) return [...row.attempts, { ...NEW_ATTEMPT, attempt, ...end }]
  return row.attempts.map((made, i) => (i === index ? { ...made, ...end } : made))
}
