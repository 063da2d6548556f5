// An alert as lists show it, with why nobody is told of it.

import { RESOLUTION, SEVERITY } from '@secumon/contracts/alerting-words'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type RawBuilder } from 'kysely'
import type { AlertColumns, AlertState } from '../alerts.ts'
import type { StoredActor } from '../said.ts'
import type { Stamp } from '../table.ts'
import type { Tables } from './live-tables.ts'

export type SeverityWord = (typeof SEVERITY.all)[number]
export type ResolutionWord = (typeof RESOLUTION.all)[number]

export type Mute = {
  stage: string
  by: string | null
  by_name: string | null
  detail: string
  since: number
  until: number | null
}

export type AlertRow = {
  id: string
  state: AlertState
  severity: SeverityWord
  platform: boolean
  rule: { id: string; name: string; version: number; platform: boolean }
  agent: { id: string; name: string } | null
  metric: string
  dimension: string | null
  description: string
  runbook_url: string | null
  labels: Record<string, string>
  began_at: number
  fired_at: number | null
  resolved_at: number | null
  resolution: ResolutionWord | null
  value: number | null
  threshold: number | null
  no_data: boolean
  late: boolean
  flapping: boolean
  simulated: boolean
  acknowledged: {
    at: number
    by: StoredActor | null
    note: string
    expires_at: number | null
    sticky: boolean
  } | null
  muted: Mute | null
  notes: number
  version: number
  updated_at: number
}

/** A row of `alertsWithMutes`. */
export type FoundAlert = AlertColumns &
  Stamp & {
    readonly stage: string | null
    readonly muted_by: string | null
    readonly mute_detail: string | null
    readonly muted_at: number | null
    readonly muted_by_name: string | null
  }

/** The columns of a FoundAlert. */
export const ALERT_COLUMNS = sql`a.*, m.stage, m.muted_by, m.detail as mute_detail, m.last_at as muted_at,
  coalesce(maintenance.name, policy.name, nullif(silence.reason, ''), cause.rule_name) as muted_by_name`

/** Alerts with what mutes them; conditions name alerts `a` and mutes `m`. */
export const alertsWithMutes = (tables: Tables): RawBuilder<unknown> => sql`${tables('alerts')} a
  left join ${tables('mutes')} m
    on m.tenant_id = a.tenant_id and m.id = a.id and m.stage is not null and a.state <> 'resolved'`

/** What mutes them by name; joined to the rows of one page only. */
export const muters = (tables: Tables): RawBuilder<unknown> => sql`
  left join ${tables('maintenances')} maintenance
    on maintenance.id = m.muted_by and maintenance.tenant_id in (m.tenant_id, ${SYSTEM_TENANT})
  left join ${tables('policies')} policy
    on policy.id = m.muted_by and policy.tenant_id in (m.tenant_id, ${SYSTEM_TENANT})
  left join ${tables('silences')} silence
    on silence.id = m.muted_by and silence.tenant_id in (m.tenant_id, ${SYSTEM_TENANT})
  left join ${tables('alerts')} cause on cause.id = m.muted_by and cause.tenant_id = m.tenant_id`

const LOWEST_SEVERITY: SeverityWord = 'info'

export const severityWord = (severity: number): SeverityWord => SEVERITY.word(severity) ?? LOWEST_SEVERITY

export const alertRow = (found: FoundAlert): AlertRow => ({
  id: found.id,
  state: found.state,
  severity: severityWord(found.severity),
  platform: found.tenant_id === SYSTEM_TENANT,
  rule: {
    id: found.rule_id,
    name: found.rule_name,
    version: found.rule_version,
    platform: found.rule_tenant === SYSTEM_TENANT,
  },
  agent: found.agent_id === '' ? null : { id: found.agent_id, name: found.agent_name },
  metric: found.metric,
  dimension: found.dimension || null,
  description: found.description,
  runbook_url: found.runbook_url || null,
  labels: { ...found.labels },
  began_at: found.began_at,
  fired_at: found.fired_at,
  resolved_at: found.resolved_at,
  resolution: RESOLUTION.word(found.resolution) ?? null,
  value: found.value,
  threshold: found.threshold,
  no_data: found.no_data,
  late: found.late,
  flapping: found.flapping,
  simulated: found.simulated,
  acknowledged: acknowledgement(found),
  muted: muteOf(found),
  notes: found.notes,
  version: found.version,
  updated_at: Math.max(found.last_at, found.muted_at ?? 0),
})

const acknowledgement = (found: FoundAlert): AlertRow['acknowledged'] =>
  found.acknowledged_at === null
    ? null
    : {
        at: found.acknowledged_at,
        by: found.acknowledged_by,
        note: found.acknowledged_note,
        expires_at: found.acknowledgement_expires_at,
        sticky: found.acknowledgement_sticky,
      }

const muteOf = (found: FoundAlert): Mute | null =>
  found.stage === null || found.muted_at === null
    ? null
    : {
        stage: found.stage,
        by: found.muted_by || null,
        by_name: found.muted_by_name,
        detail: found.mute_detail ?? '',
        since: found.muted_at,
        until: null,
      }
