// Which messages go out now. To one channel they go in order and no faster than it takes them; two about the same incident
// never overtake each other, but where all that is missing are some of several recipients.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { NotificationDue } from '@secumon/contracts/gen/notification'
import { uncontained, type Contain } from './contain.ts'
import { arrivalMs, MAX_RETRY_AFTER_MS, notBeforeMs, rateOf } from './delivery-policy.ts'
import type { HeldChannel, HeldMessage } from './held.ts'
import type { NotifyState, TenantState } from './state.ts'

export type DueDelivery = {
  readonly tenant: string
  /** ULID: the idempotency key. */
  readonly notification: string
  /** Of the attempt that is to be started. */
  readonly attempt: number
  readonly due: NotificationDue
  /** Of several recipients those that have it. */
  readonly accepted: readonly string[]
  /** The log does not say yet that it is due: only its incident does. */
  readonly isPlanned: boolean
  /** ULID. */
  readonly channel: string
  readonly channelKind: string
  readonly channelSpec: ChannelSpec
  /** Which secrets of the vault. */
  readonly secretVersion: number
}

/** The messages for which an attempt is due, the oldest first. Each is to be started in the log before it is sent. */
export const deliveries = (state: NotifyState, nowMs: number, contain = uncontained): DueDelivery[] =>
  queued(state, nowMs, contain).due.toSorted(inOrder)

/** When a message that waits may go; Infinity when none does. */
export const nextDeliveryMs = (state: NotifyState, nowMs: number, contain = uncontained): number =>
  queued(state, nowMs, contain).nextMs

type Queued = { readonly due: readonly DueDelivery[]; readonly nextMs: number }

function queued(state: NotifyState, nowMs: number, contain: Contain): Queued {
  const ofTenants = [...state.tenants].flatMap(
    ([name, tenant]) => contain(name, () => queuedOf(state, tenant, nowMs)) ?? [],
  )
  return {
    due: ofTenants.flatMap(({ due }) => due),
    nextMs: ofTenants.reduce((least, { nextMs }) => Math.min(least, nextMs), Infinity),
  }
}

function queuedOf(state: NotifyState, tenant: TenantState, nowMs: number): Queued {
  const due: DueDelivery[] = []
  let nextMs = Infinity
  for (const [id, ids] of tenant.derived.queues) {
    const channel = tenant.channels.get(id)
    if (!channel) continue
    const queue = queueOf(state, tenant, { channel, ids, nowMs })
    nextMs = Math.min(nextMs, queue.nextMs)
    due.push(...queue.due.map((message) => deliveryOf(tenant.tenant, channel, message)))
  }
  return { due, nextMs }
}

type Queue = { readonly channel: HeldChannel; readonly ids: ReadonlySet<string>; readonly nowMs: number }

// The queue is in the order of the log. Behind what the channel's pace holds back nothing can go either.
function queueOf(
  state: NotifyState,
  { messages }: TenantState,
  { channel, ids, nowMs }: Queue,
): { due: HeldMessage[]; nextMs: number } {
  const due: HeldMessage[] = []
  const ahead = new Set<string>()
  const freeAfter = freeTimes(state, channel, nowMs)
  let nextMs = Infinity
  for (const id of ids) {
    const message = messages.get(id)
    if (!message || ahead.has(message.incident)) continue
    if (message.incident !== '' && message.accepted.length === 0) ahead.add(message.incident)
    const freeMs = freeAfter(due.length)
    const goesMs = Math.max(notBeforeMs(message, nowMs), freeMs)
    if (goesMs <= nowMs) due.push(message)
    else nextMs = Math.min(nextMs, goesMs)
    if (freeMs > nowMs && nextMs <= freeMs) break
  }
  return { due, nextMs }
}

// When one more may go after so many that go now.
function freeTimes({ options }: NotifyState, channel: HeldChannel, nowMs: number): (going: number) => number {
  const rate = rateOf(channel.spec.ratePerMinute || options.ratePerMinute(channel.spec.kind))
  const tatMs = arrivalMs(channel.tatMs, rate, nowMs)
  const busyMs = notBeforeMs({ untilMs: channel.busyUntilMs, longestMs: MAX_RETRY_AFTER_MS }, nowMs)
  return (going) => Math.max(busyMs, tatMs + (going - rate.burst + 1) * rate.intervalMs)
}

function inOrder(a: DueDelivery, b: DueDelivery): number {
  const [first, second] = [Number(a.due.dueAtMs), Number(b.due.dueAtMs)]
  return first - second || (a.notification < b.notification ? -1 : 1)
}

const deliveryOf = (
  tenant: string,
  channel: HeldChannel,
  { id, attempt, due, accepted, phase }: HeldMessage,
): DueDelivery => ({
  tenant,
  notification: id,
  attempt: attempt + 1,
  due,
  accepted,
  isPlanned: phase === 'planned',
  channel: channel.id,
  channelKind: channel.spec.kind,
  channelSpec: channel.spec,
  secretVersion: channel.secretVersion,
})
