// What a notification is about, as facts: the words, the units and the layout are made here, from the channel's
// language, templates and kind.

import type { RESOLUTION, ROUND_KIND, SEVERITY, TOLD_STATE } from '@secumon/contracts/alerting-words'

/** Why this message goes out now. `test`: a person pressed the button of the channel. */
export type MessageKind = (typeof ROUND_KIND.all)[number] | 'test'

export type MessageSeverity = (typeof SEVERITY.all)[number]

export type ToldAlertState = (typeof TOLD_STATE.all)[number]

/** Why an alert is over. Only `recovered` says that all is well again. */
export type AlertResolution = (typeof RESOLUTION.all)[number]

/** One alert as this message tells it. Times are milliseconds since 1970 UTC. */
export type MessageAlert = {
  /** ULID. */
  readonly id: string
  readonly state: ToldAlertState
  readonly severity: MessageSeverity
  readonly ruleName: string
  readonly description: string
  /** Empty for alerts of the platform. */
  readonly agentName: string
  /** Key of the metric catalogue, `offline`, or `platform.<metric>`. */
  readonly metric: string
  /** Mount, device, interface …; empty without. */
  readonly dimension: string
  /** In the metric's unit, of a delta per second; absent where nothing was measured. */
  readonly value?: number | undefined
  readonly threshold?: number | undefined
  /** It fires because nothing was heard. */
  readonly noData: boolean
  readonly simulated: boolean
  readonly sinceMs: number
  readonly resolvedAtMs?: number | undefined
  /** Absent while it is not resolved. */
  readonly resolution?: AlertResolution | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Empty without. */
  readonly runbookUrl: string
  /** Its page in the interface. */
  readonly url: string
}

export type MessageLinks = {
  readonly incident: string
  /** Where a person acknowledges the incident; absent where there is nothing to acknowledge. */
  readonly acknowledge?: string | undefined
}

export type Message = {
  /** ULID of the notification: the idempotency key that the other side sees. */
  readonly notification: string
  readonly tenant: string
  /** ULID: messages with the same one are about the same thing. */
  readonly incident: string
  readonly kind: MessageKind
  /** Of the escalation, from 0. */
  readonly step: number
  /** When it was decided that this is told: the same for every attempt. */
  readonly atMs: number
  /** The worst first; only so many as anybody can read. */
  readonly alerts: readonly MessageAlert[]
  /** How many there are beside those. */
  readonly others: Readonly<Record<ToldAlertState, number>>
  readonly links: MessageLinks
}

const ORDER: readonly MessageSeverity[] = ['info', 'warning', 'critical']

/** The severity of the worst alert that is not resolved, else of the worst; of a test, `info`. */
export function severityOf({ alerts }: Pick<Message, 'alerts'>): MessageSeverity {
  const open = alerts.filter(({ state }) => state !== 'resolved')
  const ranks = (open.length > 0 ? open : alerts).map(({ severity }) => ORDER.indexOf(severity))
  return ORDER[Math.max(0, ...ranks)] ?? 'info'
}

/** Where a message tells of no alerts beside those that it shows. */
export const NO_OTHERS: Message['others'] = { firing: 0, acknowledged: 0, resolved: 0 }

/** All alerts of the message by state, also those that it does not show. */
export const countsOf = ({ alerts, others }: Pick<Message, 'alerts' | 'others'>): Message['others'] => ({
  firing: others.firing + countOf(alerts, 'firing'),
  acknowledged: others.acknowledged + countOf(alerts, 'acknowledged'),
  resolved: others.resolved + countOf(alerts, 'resolved'),
})

const countOf = (alerts: readonly MessageAlert[], wanted: ToldAlertState): number =>
  alerts.filter(({ state }) => state === wanted).length

/** Whether all that it tells of is over; of the incident something may be left that rests. */
export const tellsEnds = ({ kind, alerts }: Pick<Message, 'kind' | 'alerts'>): boolean =>
  kind === 'resolved' || (alerts.length > 0 && alerts.every(({ state }) => state === 'resolved'))

/** Whether nothing of the incident is left: it is resolved, or was over before anything could be told. */
export const isOver = (message: Pick<Message, 'kind' | 'alerts'>): boolean =>
  message.kind === 'resolved' || (message.kind === 'summary' && tellsEnds(message))

/** Whether the alert ended because all is well again, and not because nobody judges it any more. */
export const hasRecovered = ({ state, resolution }: Pick<MessageAlert, 'state' | 'resolution'>): boolean =>
  state === 'resolved' && resolution === 'recovered'

/** Whether it tells an end, and that all of it is well again. */
export const tellsRecovery = (message: Pick<Message, 'kind' | 'alerts'>): boolean =>
  tellsEnds(message) && message.alerts.every(hasRecovered)
