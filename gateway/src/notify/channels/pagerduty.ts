// PagerDuty, Events API v2 (https://developer.pagerduty.com/docs/send-alert-event). The incident is the dedup key, so that
// its messages open, acknowledge and resolve one alert there, and a repeated one changes nothing. What is over before it
// could be told, and a test, is opened and resolved at once: a resolve of what was never opened would show nothing.

import { z } from 'zod'
import { line, webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { linksOf } from '../layout.ts'
import { countsOf, isOver, severityOf, type Message, type MessageAlert } from '../message.ts'
import type { Told } from '../notifier.ts'
import { fitted, fittedLine } from '../text/fit.ts'

const SUMMARY_CHARS = 1_024
const TEXT_CHARS = 8_000
// An event may have 512 KB.
const MAX_ALERTS = 50

const ACTIONS = { open: 'trigger', acknowledged: 'acknowledge', over: 'resolve' } as const

export const pagerduty = httpNotifier({
  kind: 'pagerduty',
  settings: z.object({
    url: webAddress({
      en: 'Address of the Events API; in the EU region https://events.eu.pagerduty.com/v2/enqueue',
      fr: 'Adresse de l’API Events ; en région UE https://events.eu.pagerduty.com/v2/enqueue',
    }).default('https://events.pagerduty.com/v2/enqueue'),
  }),
  secrets: z.object({
    routing_key: line({
      en: 'Integration key of the service: 32 characters',
      fr: 'Clé d’intégration du service : 32 caractères',
    }).regex(/^[A-Za-z0-9]{32}$/, 'must be 32 letters and digits'),
  }),
  destination: ['url'],
  perMinute: 120,
  content: (told) => {
    const { message } = told
    const event_action = isPast(message) ? 'trigger' : ACTIONS[stateOf(message)]
    const about = { event_action, dedup_key: message.incident }
    if (event_action === 'acknowledge') return about
    if (event_action === 'resolve') return { ...about, payload: payloadOf(told) }
    const links = linksOf(told)
    return {
      ...about,
      payload: payloadOf(told),
      client: 'SecuMon',
      ...(links[0] && { client_url: links[0].url }),
      links: links.map(({ label, url }) => ({ href: url, text: label })),
    }
  },
  further: ({ message }) =>
    isPast(message) ? { event_action: 'resolve', dedup_key: message.incident } : undefined,
  address: (content, { settings: { url }, secrets: { routing_key } }) => ({
    url,
    body: JSON.stringify({ routing_key, ...content }),
  }),
})

const stateOf = (message: Message): keyof typeof ACTIONS =>
  isOver(message) ? 'over' : message.kind === 'acknowledged' ? 'acknowledged' : 'open'

// There is nothing to act on: nothing of it was ever open there.
const isPast = (message: Message): boolean =>
  message.kind === 'test' || (message.kind === 'summary' && isOver(message))

function payloadOf({ message, title, text, language }: Told): object {
  const [first] = message.alerts
  const { firing, acknowledged, resolved } = countsOf(message)
  const leftOut = firing + acknowledged + resolved - Math.min(message.alerts.length, MAX_ALERTS)
  return {
    summary: fittedLine(title, { size: SUMMARY_CHARS, language }),
    severity: isPast(message) ? 'info' : severityOf(message),
    source: first?.agentName || message.tenant,
    timestamp: new Date(message.atMs).toISOString(),
    ...(first && first.dimension !== '' && { component: first.dimension }),
    group: message.tenant,
    ...(first && { class: first.metric }),
    custom_details: {
      text: fitted(text, { size: TEXT_CHARS, language }),
      incident: message.incident,
      notification: message.notification,
      alerts: message.alerts.slice(0, MAX_ALERTS).map(detailsOf),
      ...(leftOut > 0 && { alerts_left_out: leftOut }),
    },
  }
}

const detailsOf = (alert: MessageAlert): object => ({
  rule: alert.ruleName,
  state: alert.state,
  resolution: alert.resolution ?? null,
  severity: alert.severity,
  agent: alert.agentName,
  metric: alert.metric,
  dimension: alert.dimension,
  value: alert.value ?? null,
  threshold: alert.threshold ?? null,
  since: new Date(alert.sinceMs).toISOString(),
  url: alert.url,
})
