// Alerts as they stand, and every event of each: the chain that led there. Muted is none of an alert's states.

import { toJson, type JsonValue } from '@bufbuild/protobuf'
import type {
  AlertAcknowledged,
  AlertFired,
  AlertOrigin,
  AlertPending,
  AlertResolved,
  Evidence,
} from '@secumon/contracts/gen/alert'
import { DomainEventSchema } from '@secumon/contracts/gen/envelope'
import type { Said, StoredActor } from './said.ts'
import { folded, listed } from './table.ts'

export type AlertState = 'pending' | 'firing' | 'resolved'

export type AlertColumns = {
  readonly state: AlertState
  readonly severity: number
  readonly rule_tenant: string
  readonly rule_id: string
  readonly rule_version: number
  readonly rule_name: string
  readonly description: string
  readonly runbook_url: string
  /** Empty for alerts of the platform. */
  readonly agent_id: string
  readonly agent_name: string
  readonly metric: string
  readonly dimension: string
  readonly labels: Readonly<Record<string, string>>
  readonly simulated: boolean
  readonly began_at: number
  readonly fired_at: number | null
  readonly resolved_at: number | null
  /** Number of the enum; 0 while it is not resolved. */
  readonly resolution: number
  readonly value: number | null
  readonly threshold: number | null
  readonly no_data: boolean
  readonly late: boolean
  readonly flapping: boolean
  readonly acknowledged_at: number | null
  readonly acknowledged_by: StoredActor | null
  readonly acknowledged_note: string
  readonly acknowledgement_expires_at: number | null
  readonly acknowledgement_sticky: boolean
  readonly notes: number
}

export const alerts = folded<AlertColumns>({
  table: 'alerts',
  aggregate: 'alert',
  fold(row, said) {
    const { event } = said
    if (event.case === 'alertPending') return pending(said, event.value) ?? row
    if (!row) return undefined
    switch (event.case) {
      case 'alertFired':
        return fired(row, said, event.value)
      case 'alertResolved':
        return resolved(row, said, event.value)
      case 'alertFlapping':
        return { ...row, flapping: true }
      case 'alertSettled':
        return { ...row, flapping: false }
      case 'alertRelabelled':
        return { ...row, ...(event.value.origin && originColumns(event.value.origin)) }
      case 'alertAcknowledged':
        return acknowledged(row, said, event.value)
      case 'alertUnacknowledged':
        return { ...row, ...NOT_ACKNOWLEDGED }
      case 'alertNoted':
        return { ...row, notes: row.notes + 1 }
      default:
        return row
    }
  },
})

const NOT_ACKNOWLEDGED = {
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledged_note: '',
  acknowledgement_expires_at: null,
  acknowledgement_sticky: false,
}

function pending(said: Said, { origin, evidence }: AlertPending): AlertColumns | undefined {
  return (
    origin && {
      ...originColumns(origin),
      ...seen(evidence),
      ...NOT_ACKNOWLEDGED,
      state: 'pending',
      began_at: timeOf(evidence, said),
      fired_at: null,
      resolved_at: null,
      resolution: 0,
      no_data: false,
      late: evidence?.late ?? false,
      flapping: false,
      notes: 0,
    }
  )
}

const originColumns = (origin: AlertOrigin) => ({
  severity: origin.severity,
  rule_tenant: origin.ruleTenant,
  rule_id: origin.rule,
  rule_version: Number(origin.ruleVersion),
  rule_name: origin.ruleName,
  description: origin.description,
  runbook_url: origin.runbookUrl,
  agent_id: origin.agent,
  agent_name: origin.agentName,
  metric: origin.metric,
  dimension: origin.dimension,
  labels: origin.labels,
  simulated: origin.simulated,
})

const fired = (row: AlertColumns, said: Said, { evidence, noData }: AlertFired): AlertColumns => ({
  ...row,
  ...seen(evidence),
  state: 'firing',
  fired_at: timeOf(evidence, said),
  no_data: noData,
  late: evidence?.late ?? false,
})

const resolved = (row: AlertColumns, said: Said, { evidence, resolution }: AlertResolved): AlertColumns => ({
  ...row,
  ...seen(evidence),
  state: 'resolved',
  resolved_at: timeOf(evidence, said),
  resolution,
})

const acknowledged = (row: AlertColumns, said: Said, value: AlertAcknowledged): AlertColumns => ({
  ...row,
  acknowledged_at: said.atMs,
  acknowledged_by: said.actor,
  acknowledged_note: value.note,
  acknowledgement_expires_at: value.expiresAtMs === 0n ? null : Number(value.expiresAtMs),
  acknowledgement_sticky: value.sticky,
})

const seen = (evidence: Evidence | undefined) => ({
  value: finite(evidence?.value),
  threshold: finite(evidence?.threshold),
})

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null

const timeOf = (evidence: Evidence | undefined, { atMs }: Said): number =>
  evidence && evidence.atMs > 0n ? Number(evidence.atMs) : atMs

export type HistoryColumns = { readonly event: JsonValue }

export const alertHistory = listed<HistoryColumns>({
  table: 'alert_history',
  aggregate: 'alert',
  list: ({ message }) => ({ event: toJson(DomainEventSchema, message) }),
})
