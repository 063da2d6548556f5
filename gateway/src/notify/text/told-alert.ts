// One alert in words: what a template sees of it, and what the built-in texts are made of.

import { metricOf } from '@secumon/contracts/metrics'
import { hasRecovered, type Message, type MessageAlert } from '../message.ts'
import type { Language } from './language.ts'
import { measureText } from './measure.ts'
import { durationText, momentText } from './moments.ts'
import { WORDS } from './words.ts'

export type Telling = Pick<Message, 'atMs'> & {
  readonly language: Language
  /** IANA name of the zone that times are told in. */
  readonly timeZone: string
}

/** `web-1 (/var)`; of the platform's own alerts, that word. */
export function whereOf({ agentName, dimension }: MessageAlert, { language }: Telling): string {
  const place = agentName || WORDS[language].platform
  return dimension === '' ? place : `${place} (${dimension})`
}

/** The metric as the catalogue describes it; its key where it does not. */
export function metricText({ metric }: MessageAlert, { language }: Telling): string {
  if (metric === 'offline') return WORDS[language].offline
  return metricOf(metric)?.description[language] ?? metric
}

/** `96.2 % (threshold 90 %)`, `no data`, `offline`; of what is over only what was measured then. */
export function readingText(alert: MessageAlert, telling: Telling): string {
  const words = WORDS[telling.language]
  const isOver = alert.state === 'resolved'
  if (alert.metric === 'offline') return !isOver ? words.offline : hasRecovered(alert) ? words.online : ''
  if (alert.value === undefined || (alert.noData && !isOver)) return isOver ? '' : words.noData
  const measure = (value: number) => measureText(alert.metric, value, telling.language)
  const value = measure(alert.value)
  return alert.threshold === undefined ? value : `${value} (${words.threshold} ${measure(alert.threshold)})`
}

/** `firing`, `resolved`; `closed` where it ended without a recovery. */
export const stateText = (alert: MessageAlert, { language }: Telling): string =>
  WORDS[language].state[alert.state === 'resolved' && !hasRecovered(alert) ? 'closed' : alert.state]

/** Why it is over; empty while it is not. */
export const resolutionText = ({ resolution }: MessageAlert, { language }: Telling): string =>
  resolution === undefined ? '' : WORDS[language].resolution[resolution]

/** When it began, or ended, and how long it has lasted. */
export function spanText(alert: MessageAlert, { atMs, timeZone, language }: Telling): string {
  const words = WORDS[language]
  const endMs = alert.resolvedAtMs
  const lasted = durationText((endMs ?? atMs) - alert.sinceMs, language)
  return endMs === undefined
    ? words.since(momentText(alert.sinceMs, timeZone, language), lasted)
    : words.resolvedAt(momentText(endMs, timeZone, language), lasted)
}

/** One line: what, where, how much, since when; and why it ended, where it did not recover. */
export function alertLine(alert: MessageAlert, telling: Telling): string {
  const words = WORDS[telling.language]
  const marks = alert.simulated ? ` [${words.simulated}]` : ''
  const head = `${words.severity[alert.severity]} · ${alert.ruleName} · ${whereOf(alert, telling)}${marks}`
  const state = `${stateText(alert, telling)} ${spanText(alert, telling)}`
  const now = [readingText(alert, telling), state].filter((part) => part !== '').join(', ')
  const why = hasRecovered(alert) ? '' : resolutionText(alert, telling)
  return [head, now, ...(why === '' ? [] : [why])].join(`${words.colon} `)
}
