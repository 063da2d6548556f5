// Messages on their way, the pace of their channels, and what was said of why others are not sent.

import type {
  NotificationDue,
  NotificationGivenUp,
  NotificationRetried,
} from '@secumon/contracts/gen/notification'
import { arrivalMs, rateOf, reserved, retryLater } from '../delivery-policy.ts'
import type { Happened } from '../evolve.ts'
import { addTo, removeFrom } from '../sets.ts'
import type { HeldChannel, HeldMessage, KnownAlert } from '../held.ts'
import { needAttention, needsAttention } from '../membership.ts'
import type { NotifyState, TenantState } from '../state.ts'
import { forgetIfDone } from './fold-alert.ts'
import { forgetIncident } from './fold-incident.ts'

export function evolveMessage(state: NotifyState, tenant: TenantState, happened: Happened): void {
  const { id, event } = happened
  switch (event.case) {
    case 'notificationMuted':
    case 'notificationUnmuted':
      return evolveMute(tenant, happened)
    case 'notificationDue':
      return putMessage(tenant, { id, due: event.value, phase: 'due', attempt: 0, accepted: [] })
    case 'notificationRetried':
      return retry(tenant, id, event.value)
    default: {
      const message = tenant.messages.get(id)
      return message && attempt(state, tenant, { ...happened, message })
    }
  }
}

type New = {
  readonly id: string
  readonly due: NotificationDue
  readonly phase: 'planned' | 'due'
  /** The newest so far. */
  readonly attempt: number
  readonly accepted: readonly string[]
}

/** A message that its incident plans, or that is due. */
export function putMessage(
  { messages, derived }: TenantState,
  { id, due, phase, attempt: newest, accepted }: New,
): void {
  if (phase === 'planned' && messages.has(id)) return
  const { incident, channel } = due
  messages.set(id, { id, incident, channel, due, phase, attempt: newest, accepted, untilMs: 0, longestMs: 0 })
  addTo(derived.queues, channel, id)
  derived.dirty.messages.add(id)
}

// A dead letter was forgotten; one that waits was not. Whoever wants it tried now does not want the channel left alone.
function retry(
  tenant: TenantState,
  id: string,
  { due, attempt: newest, accepted }: NotificationRetried,
): void {
  if (!due) return
  const incident = tenant.incidents.get(due.incident)
  if (incident && !tenant.messages.has(id)) {
    incident.onTheWay++
    if (accepted.length === 0)
      incident.recipients.set(due.channel, (incident.recipients.get(due.channel) ?? 0) + 1)
  }
  putMessage(tenant, { id, due, phase: 'due', attempt: newest, accepted })
  const channel = tenant.channels.get(due.channel)
  if (channel) channel.busyUntilMs = 0
}

type Attempt = Happened & { readonly message: HeldMessage }

function attempt(state: NotifyState, tenant: TenantState, { message, event, atMs }: Attempt): void {
  const channel = tenant.channels.get(message.channel)
  switch (event.case) {
    case 'deliveryStarted':
      message.phase = 'sending'
      message.attempt = event.value.attempt
      Object.assign(message, reserved(event.value))
      if (channel) pace(state, channel, atMs)
      return
    case 'deliveryFailed':
      message.phase = 'waiting'
      message.accepted = [...message.accepted, ...event.value.accepted]
      Object.assign(message, retryLater(event.value))
      if (channel && event.value.channelBusy) channel.busyUntilMs = message.untilMs
      return
    case 'notificationDelivered':
      return delivered(tenant, message, atMs)
    case 'notificationGivenUp':
      return giveUp(tenant, message, event.value)
    default:
      return
  }
}

// The generic cell rate algorithm (ITU-T I.371) in its virtual scheduling form.
function pace({ options }: NotifyState, channel: HeldChannel, atMs: number): void {
  const rate = rateOf(channel.spec.ratePerMinute || options.ratePerMinute(channel.spec.kind))
  channel.tatMs = arrivalMs(channel.tatMs, rate, atMs) + rate.intervalMs
}

// Until the next change, and until it is told again, people have so long from when they were told.
function delivered(tenant: TenantState, message: HeldMessage, atMs: number): void {
  const incident = tenant.incidents.get(message.incident)
  if (incident) incident.lastRoundAtMs = Math.max(incident.lastRoundAtMs, atMs)
  finish(tenant, message)
}

// Who got nothing need not be told of the end.
function giveUp(tenant: TenantState, message: HeldMessage, { accepted }: NotificationGivenUp): void {
  if (message.accepted.length + accepted.length === 0) dropRecipient(tenant, message)
  finish(tenant, message)
}

function dropRecipient(tenant: TenantState, message: HeldMessage): void {
  const recipients = tenant.incidents.get(message.incident)?.recipients
  const left = (recipients?.get(message.channel) ?? 0) - 1
  if (left > 0) recipients?.set(message.channel, left)
  else recipients?.delete(message.channel)
}

function finish(tenant: TenantState, { id, incident: of, channel }: HeldMessage): void {
  tenant.messages.delete(id)
  tenant.derived.dirty.messages.delete(id)
  removeFrom(tenant.derived.queues, channel, id)
  const incident = tenant.incidents.get(of)
  if (!incident) return
  incident.onTheWay--
  tenant.derived.dirty.incidents.add(of)
  forgetIncident(tenant, incident)
}

function evolveMute(tenant: TenantState, { id, event, atMs }: Happened): void {
  const alert = tenant.alerts.get(id)
  if (!alert) return
  alert.mutes++
  alert.muted = undefined
  if (event.case === 'notificationMuted') {
    const { stage, by, detail } = event.value
    alert.muted = { stage, by, detail }
    if (stage !== 'late') alert.handled = true
    forgetIfDone(tenant, alert)
  } else takeUp(tenant, alert, atMs)
  tenant.derived.dirty.alerts.add(id)
}

// One that has rested goes on.
function takeUp({ incidents, derived }: TenantState, alert: KnownAlert, atMs: number): void {
  const incident = incidents.get(alert.incident)
  if (!incident?.members.has(alert.id)) return
  if (needsAttention(alert)) needAttention(incident, atMs)
  derived.dirty.incidents.add(incident.id)
}
