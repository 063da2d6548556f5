// Messages that the API makes itself: the test of a channel, and the preview of a template on a past alert.

import { TOLD_STATE } from '@secumon/contracts/alerting-words'
import type { DomainEvent } from '@secumon/domain/decider'
import { alertFacts } from '../../notify/alert-facts.ts'
import { pageLinks } from '../../notify/links.ts'
import {
  NO_OTHERS,
  type Message,
  type MessageAlert,
  type MessageKind,
  type ToldAlertState,
} from '../../notify/message.ts'

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
  others: NO_OTHERS,
  links: { incident: pageLinks(sample.publicUrl).channel(channel) },
})

const KINDS: Readonly<Record<ToldAlertState, MessageKind>> = {
  firing: 'first',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
}

type Past = {
  readonly alert: string
  readonly state: ToldAlertState
  readonly events: readonly DomainEvent[]
}

/** What was told, or would have been, of an alert in that state; undefined where nobody knows how it began. */
export function messageOf(sample: Sample, { alert: id, state, events }: Past): Message | undefined {
  const facts = alertFacts(events, { alert: id, state: TOLD_STATE.value(state) })
  if (!facts) return undefined
  const page = pageLinks(sample.publicUrl).alert(id)
  const alert = state === 'resolved' ? ended(facts, sample.atMs) : facts
  return {
    notification: sample.id,
    tenant: sample.tenant,
    incident: id,
    kind: KINDS[state],
    step: 0,
    atMs: alert.resolvedAtMs ?? alert.sinceMs,
    alerts: [{ ...alert, url: page }],
    others: NO_OTHERS,
    links: { incident: page, acknowledge: page },
  }
}

// One that is not over yet is told as if it recovered now.
const ended = (alert: MessageAlert, atMs: number): MessageAlert =>
  alert.resolvedAtMs === undefined
    ? { ...alert, value: undefined, resolvedAtMs: atMs, resolution: 'recovered' }
    : alert
