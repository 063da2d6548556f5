// Incidents, the alerts of each, and the rounds of messages that were due.

import type { IncidentAlert, ToldAlert } from '@secumon/contracts/gen/notification'
import { folded, listed } from './table.ts'
import type { Said } from './said.ts'

export type IncidentColumns = {
  readonly state: 'open' | 'closed'
  readonly policy_id: string
  readonly policy_version: number
  readonly group_labels: Readonly<Record<string, string>>
  readonly severity: number
  /** Of what happened while nothing could be told. */
  readonly summary: boolean
  readonly opened_at: number
  readonly closed_at: number | null
  readonly told_at: number | null
}

export const incidents = folded<IncidentColumns>({
  table: 'incidents',
  aggregate: 'incident',
  fold(row, said) {
    const { event } = said
    if (event.case === 'incidentOpened') {
      const { policy, policyVersion, group, alert, summary } = event.value
      return {
        state: 'open',
        policy_id: policy,
        policy_version: Number(policyVersion),
        group_labels: group,
        severity: alert?.severity ?? 0,
        summary,
        opened_at: said.atMs,
        closed_at: null,
        told_at: null,
      }
    }
    if (!row) return undefined
    if (event.case === 'alertJoined')
      return { ...row, severity: Math.max(row.severity, event.value.alert?.severity ?? 0) }
    if (event.case === 'roundDue' && event.value.notifications.length > 0)
      return { ...row, told_at: Number(event.value.dueAtMs) }
    return event.case === 'incidentClosed' ? { ...row, state: 'closed', closed_at: said.atMs } : row
  },
})

export type MembershipColumns = {
  readonly alert_id: string
  readonly joined_at: number
  readonly left_at: number | null
  readonly left_why: string
}

export const incidentAlerts = folded<MembershipColumns>({
  table: 'incident_alerts',
  aggregate: 'incident',
  part: 'alert_id',
  partsOf({ event }) {
    if (event.case === 'alertLeft') return [event.value.alert]
    return event.case === 'incidentOpened' || event.case === 'alertJoined' ? idOf(event.value.alert) : []
  },
  fold(row, { event, atMs }, alert) {
    if (event.case !== 'alertLeft')
      return { alert_id: alert, joined_at: row?.joined_at ?? atMs, left_at: null, left_why: '' }
    return row && { ...row, left_at: atMs, left_why: event.value.why }
  },
})

const idOf = (alert: IncidentAlert | undefined): string[] => (alert ? [alert.alert] : [])

/** An alert as a message tells it: the state is the enum's number. */
export type StoredToldAlert = { readonly alert: string; readonly state: number }

export const toldAlerts = (told: readonly ToldAlert[]): StoredToldAlert[] =>
  told.map(({ alert, state }) => ({ alert, state }))

export type RoundColumns = {
  readonly kind: number
  readonly step: number
  readonly repeat: number
  readonly due_at: number
  readonly alerts: readonly StoredToldAlert[]
  readonly notifications: readonly string[]
  readonly unreached: readonly StoredUnreached[]
}

/** Whom a round should have reached and did not: the reason is the enum's number; what does not apply is empty. */
export type StoredUnreached = {
  readonly step: number
  readonly reason: number
  readonly channel: string
  readonly schedule: string
  readonly member: string
}

export const incidentRounds = listed<RoundColumns>({
  table: 'incident_rounds',
  aggregate: 'incident',
  list: ({ event }: Said) =>
    event.case === 'roundDue'
      ? {
          kind: event.value.kind,
          step: event.value.step,
          repeat: event.value.repeat,
          due_at: Number(event.value.dueAtMs),
          alerts: toldAlerts(event.value.alerts),
          notifications: event.value.notifications.map(({ notification }) => notification),
          unreached: event.value.unreached.map(({ step, reason, channel, schedule, member }) => ({
            step,
            reason,
            channel,
            schedule,
            member,
          })),
        }
      : undefined,
})
