// Webhook: the facts in JSON, signed after Standard Webhooks (https://www.standardwebhooks.com). Its `webhook-id` is the
// notification's, the same for every attempt as is the body, so that a receiver can tell a repetition.

import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { line, lines, webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { countsOf, isOver, severityOf, type Message, type MessageAlert } from '../message.ts'
import type { Told } from '../notifier.ts'
import { fitted, fittedLine, jsonBytesOf } from '../text/fit.ts'

// https://github.com/standard-webhooks/standard-webhooks: 24 – 64 random bytes, base64 behind `whsec_`.
const SIGNING_KEY = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/
// RFC 9110: a token, and visible text.
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)$/
const OUR_HEADERS = /^(webhook-.*|content-type|content-length|host|connection|transfer-encoding)$/i

// Of a body, and what of it the texts may take. What else is in it is some hundred bytes.
const BODY_BYTES = 256 * 1024
const TEXT_BYTES = 64 * 1024
const TITLE_BYTES = 4 * 1024
const REST_BYTES = 4 * 1024

const settings = z.object({})

const secrets = z.object({
  url: webAddress({ en: 'Address that is called', fr: 'Adresse appelée' }, 'http or https'),
  signing_key: line({
    en: 'Key that requests are signed with: whsec_ and base64 of 24 – 64 bytes',
    fr: 'Clé de signature des requêtes : whsec_ et 24 à 64 octets en base64',
  })
    .regex(SIGNING_KEY, 'must be whsec_ followed by base64 of 24 – 64 bytes')
    .optional(),
  headers: lines({
    en: 'Headers to add, one a line: Authorization: Bearer …',
    fr: 'En-têtes à ajouter, un par ligne : Authorization: Bearer …',
  })
    .refine((text) => headerLines(text).every((one) => HEADER.test(one)), 'must be lines like Name: value')
    .refine(
      (text) => headerLines(text).every((one) => !OUR_HEADERS.test(HEADER.exec(one)?.[1] ?? '')),
      'must not replace headers that every request has',
    )
    .optional(),
})

export const webhook = httpNotifier({
  kind: 'webhook',
  settings,
  secrets,
  destination: ['url'],
  perMinute: 600,
  content: (told) => ({
    type: `incident.${isOver(told.message) ? 'resolved' : told.message.kind}`,
    timestamp: new Date(told.message.atMs).toISOString(),
    data: dataOf(told),
  }),
  address: (content, { told, secrets: { url, signing_key, headers }, nowMs }) => {
    const body = JSON.stringify(content)
    const id = told.message.notification
    const at = new Date(nowMs)
    return {
      url,
      body,
      headers: {
        ...headersOf(headers ?? ''),
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
        ...(signing_key && { 'webhook-signature': new Webhook(signing_key).sign(id, at, body) }),
      },
    }
  },
})

const headerLines = (text: string): string[] => text.split(/\r?\n/).filter((one) => one.trim() !== '')

function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    headerLines(text).flatMap((one) => {
      const [, name, value = ''] = HEADER.exec(one) ?? []
      return name === undefined ? [] : [[name.toLowerCase(), value.trim()]]
    }),
  )
}

function dataOf({ message, title, text, language }: Told) {
  const texts = {
    title: fittedLine(title, { size: TITLE_BYTES, language, sizeOf: jsonBytesOf }),
    text: fitted(text, { size: TEXT_BYTES, language, sizeOf: jsonBytesOf }),
  }
  const alerts = firstWithin(message.alerts.map(alertFacts), BODY_BYTES - REST_BYTES - jsonBytesOf(texts))
  const counts = countsOf(message)
  return {
    notification: message.notification,
    tenant: message.tenant,
    incident: message.incident,
    kind: message.kind,
    step: message.step,
    severity: severityOf(message),
    ...texts,
    counts,
    truncated: alerts.length < counts.firing + counts.acknowledged + counts.resolved,
    alerts,
    links: linkFacts(message),
  }
}

// As many as there is room for; each costs a comma.
function firstWithin<Item>(items: readonly Item[], sizeBytes: number): Item[] {
  let left = sizeBytes
  const tooLong = items.findIndex((item) => (left -= jsonBytesOf(item) + 1) < 0)
  return items.slice(0, tooLong < 0 ? items.length : tooLong)
}

const linkFacts = ({ links }: Message) => ({
  incident: links.incident,
  acknowledge: links.acknowledge ?? null,
})

const alertFacts = (alert: MessageAlert) => ({
  id: alert.id,
  state: alert.state,
  severity: alert.severity,
  rule: alert.ruleName,
  description: alert.description,
  agent: alert.agentName,
  metric: alert.metric,
  dimension: alert.dimension,
  value: alert.value ?? null,
  threshold: alert.threshold ?? null,
  no_data: alert.noData,
  simulated: alert.simulated,
  since: new Date(alert.sinceMs).toISOString(),
  resolved_at: alert.resolvedAtMs === undefined ? null : new Date(alert.resolvedAtMs).toISOString(),
  resolution: alert.resolution ?? null,
  labels: alert.labels,
  runbook_url: alert.runbookUrl || null,
  url: alert.url,
})
