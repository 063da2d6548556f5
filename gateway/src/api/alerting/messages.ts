// Messages that the API makes itself: the test of a channel, and the preview of a template on a past alert.

import type { AlertRow } from '@secumon/projections/alerts/queries/alerts'
import { pageLinks } from '../../notify/links.ts'
import type { Message, MessageAlert, MessageKind, ToldAlertState } from '../../notify/message.ts'

export type Sample = {
  readonly tenant: string
  /** Of the notification. */
  readonly id: string
  readonly atMs: number
  readonly publicUrl: string
}

/** What a channel is tested with: it tells of nothing but itself. */
export const testMessage = (sample: Sample, channel: string): Message => ({
  notification: sample.id,
  tenant: sample.tenant,
  incident: sample.id,
  kind: 'test',
  step: 0,
  atMs: sample.atMs,
  alerts: [],
  links: { incident: pageLinks(sample.publicUrl).channel(channel) },
})

const KINDS: Readonly<Record<ToldAlertState, MessageKind>> = {
  firing: 'first',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
}

/** What would have been told of an alert in that state. */
export function messageOf(sample: Sample, row: AlertRow, state: ToldAlertState): Message {
  const links = pageLinks(sample.publicUrl)
  return {
    notification: sample.id,
    tenant: sample.tenant,
    incident: row.id,
    kind: KINDS[state],
    step: 0,
    atMs: sample.atMs,
    alerts: [{ ...messageAlert(row), state, url: links.alert(row.id) }],
    links: { incident: links.alert(row.id), acknowledge: links.alert(row.id) },
  }
}

const messageAlert = (row: AlertRow): Omit<MessageAlert, 'state' | 'url'> => ({
  id: row.id,
  severity: row.severity,
  ruleName: row.rule.name,
  description: row.description,
  agentName: row.agent?.name ?? '',
  metric: row.metric,
  dimension: row.dimension ?? '',
  value: row.value ?? undefined,
  threshold: row.threshold ?? undefined,
  noData: row.no_data,
  simulated: row.simulated,
  sinceMs: row.fired_at ?? row.began_at,
  resolvedAtMs: row.resolved_at ?? undefined,
  labels: row.labels,
  runbookUrl: row.runbook_url ?? '',
})
