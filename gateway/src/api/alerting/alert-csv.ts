// An alert as a line of CSV: names for people, ids and keys for programs, times in ISO 8601 UTC.

import type { Cell } from '@secumon/contracts/csv'
import { metricOf } from '@secumon/contracts/metrics'
import type { z } from 'zod'
import type { AlertRow } from '../schemas/alert.ts'

type Alert = z.infer<typeof AlertRow>

const time = (ms: number | null | undefined): Cell => (ms == null ? null : new Date(ms).toISOString())

const COLUMNS: Readonly<Record<string, (alert: Alert) => Cell>> = {
  id: ({ id }) => id,
  state: ({ state }) => state,
  severity: ({ severity }) => severity,
  rule: ({ rule }) => rule.name,
  rule_id: ({ rule }) => rule.id,
  platform: ({ platform }) => platform,
  agent: ({ agent }) => agent?.name,
  agent_id: ({ agent }) => agent?.id,
  metric: ({ metric }) => metric,
  dimension: ({ dimension }) => dimension,
  value: ({ value }) => value,
  threshold: ({ threshold }) => threshold,
  unit: ({ metric }) => metricOf(metric)?.unit,
  began_at: ({ began_at }) => time(began_at),
  fired_at: ({ fired_at }) => time(fired_at),
  resolved_at: ({ resolved_at }) => time(resolved_at),
  resolution: ({ resolution }) => resolution,
  acknowledged_at: ({ acknowledged }) => time(acknowledged?.at),
  acknowledged_by: ({ acknowledged }) => acknowledged?.by?.name ?? acknowledged?.by?.id,
  acknowledgement_note: ({ acknowledged }) => acknowledged?.note,
  acknowledgement_expires_at: ({ acknowledged }) => time(acknowledged?.expires_at),
  muted_by_stage: ({ muted }) => muted?.stage,
  muted_by: ({ muted }) => muted?.by_name ?? muted?.by,
  muted_since: ({ muted }) => time(muted?.since),
  no_data: ({ no_data }) => no_data,
  late: ({ late }) => late,
  flapping: ({ flapping }) => flapping,
  simulated: ({ simulated }) => simulated,
  notes: ({ notes }) => notes,
  description: ({ description }) => description,
  runbook_url: ({ runbook_url }) => runbook_url,
  labels: ({ labels }) => JSON.stringify(labels),
}

/** Names of the columns, in their order. */
export const ALERT_CSV_HEADER: readonly string[] = Object.keys(COLUMNS)

/** The cells of one alert, in the order of the header. */
export const alertCells = (alert: Alert): Cell[] => Object.values(COLUMNS).map((cell) => cell(alert))
