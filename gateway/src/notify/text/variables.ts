// What a template can name: variables of the message, and within `alerts` those of each alert.

import { countsOf, isOver, severityOf, tellsRecovery, type Message, type MessageAlert } from '../message.ts'
import { builtInText, builtInTitle, countOf, MAX_ALERTS, whyText } from './built-in.ts'
import { momentText } from './moments.ts'
import {
  metricText,
  readingText,
  resolutionText,
  spanText,
  stateText,
  whereOf,
  type Telling,
} from './told-alert.ts'
import { measureText } from './measure.ts'
import { WORDS } from './words.ts'

export type View = Readonly<Record<string, unknown>>

/** Names in a message; those that are true or false open a section. */
export function messageView(message: Message, telling: Telling): View {
  const words = WORDS[telling.language]
  const told = message.alerts.slice(0, MAX_ALERTS)
  const counts = countsOf(message)
  return {
    title: builtInTitle(message, telling),
    text: builtInText(message, telling),
    why: whyText(message, telling),
    kind: message.kind,
    severity: severityOf(message),
    severity_text: words.severity[severityOf(message)],
    tenant: message.tenant,
    incident: message.incident,
    notification: message.notification,
    step: message.step + 1,
    time: momentText(message.atMs, telling.timeZone, telling.language),
    time_iso: new Date(message.atMs).toISOString(),
    incident_url: message.links.incident,
    acknowledge_url: message.links.acknowledge ?? '',
    count: countOf(message),
    firing_count: counts.firing,
    acknowledged_count: counts.acknowledged,
    resolved_count: counts.resolved,
    more_count: countOf(message) - told.length,
    is_resolved: isOver(message),
    is_recovered: tellsRecovery(message),
    is_test: message.kind === 'test',
    is_critical: severityOf(message) === 'critical',
    alerts: told.map((alert) => alertView(alert, telling)),
  }
}

function alertView(alert: MessageAlert, telling: Telling): View {
  const words = WORDS[telling.language]
  const measured = (value: number | undefined) =>
    value === undefined ? '' : measureText(alert.metric, value, telling.language)
  return {
    rule: alert.ruleName,
    description: alert.description,
    agent: alert.agentName,
    where: whereOf(alert, telling),
    metric: alert.metric,
    metric_text: metricText(alert, telling),
    dimension: alert.dimension,
    value: measured(alert.value),
    value_number: alert.value ?? '',
    threshold: measured(alert.threshold),
    reading: readingText(alert, telling),
    state: alert.state,
    state_text: stateText(alert, telling),
    resolution: alert.resolution ?? '',
    resolution_text: resolutionText(alert, telling),
    alert_severity: alert.severity,
    alert_severity_text: words.severity[alert.severity],
    since: momentText(alert.sinceMs, telling.timeZone, telling.language),
    since_iso: new Date(alert.sinceMs).toISOString(),
    span: spanText(alert, telling),
    url: alert.url,
    runbook_url: alert.runbookUrl,
    alert: alert.id,
    is_simulated: alert.simulated,
    // Without a prototype, whose members a template could name.
    labels: Object.assign(Object.create(null), alert.labels),
  }
}
