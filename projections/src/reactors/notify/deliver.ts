// One message on its way to its channel: that it is being sent is in the log before it is sent, and what became of it
// after. A process that dies between the two leaves the message to be sent again, under the same idempotency key.

import type { Actor } from '@secumon/contracts/gen/envelope'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import type { AggregateHistory } from '@secumon/domain/event-store'
import type { DueDelivery } from '@secumon/domain/notification/deliveries'
import {
  notification,
  notificationAggregate,
  type NotificationCommand,
} from '@secumon/domain/notification/notification'
import { handle, NOTHING_YET, type Handled } from '@secumon/infra/eventlog/handle'
import { newUlid } from '@secumon/infra/vault/vault-database'
import type { Logger } from 'pino'
import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '../../backoff.ts'
import type { NotifyMetrics } from './notify-metrics.ts'

/** What became of an attempt, as the gateway's channels tell it. */
export type SendOutcome =
  | { readonly outcome: 'delivered'; readonly answer: string }
  | {
      readonly outcome: 'retry'
      readonly reason: string
      readonly retryAfterMs?: number
      /** Of several recipients those that took it all the same. */
      readonly accepted?: readonly string[]
    }
  | { readonly outcome: 'refused'; readonly reason: string }

/** When the frame was received that the message tells of first, where it tells of one. */
export type Heard = { readonly receivedAtMs?: number }

/** Sends one message, once; what it throws is a `retry`. */
export type Send = (delivery: DueDelivery, signal: AbortSignal) => Promise<SendOutcome & Heard>

export type DeliverContext = {
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NotifyMetrics
  readonly actor: Actor
  readonly send: Send
  /** Names this process in the log. */
  readonly worker: string
}

/** Nobody else sends the message for so long after an attempt began; the attempt ends well before. */
const RESERVED_MS = 30_000
const SEND_TIMEOUT_MS = 15_000

/** Brings one attempt to its end. @throws Rejected where it is somebody else's, or nothing can be appended now */
export async function deliver(context: DeliverContext, due: DueDelivery): Promise<void> {
  const { clock, metrics, worker } = context
  const { attempt } = due
  const atMs = clock.nowMs()
  const untilMs = atMs + RESERVED_MS
  const start = { kind: 'Start', due: due.due, attempt, worker, atMs, untilMs } as const
  const { history } = await append(context, due, {
    command: start,
    ...(due.isPlanned && { presumed: NOTHING_YET }),
  })
  const startMs = clock.monotonicMs()
  const outcome = await sendOnce(context, due)
  const tookMs = Math.round(clock.monotonicMs() - startMs)
  metrics.deliveries.inc({ kind: due.channelKind, outcome: outcome.outcome })
  metrics.deliverySeconds.observe({ kind: due.channelKind }, tookMs / 1_000)
  if (attempt === 1 && outcome.outcome === 'delivered' && outcome.receivedAtMs !== undefined)
    metrics.toldSeconds.observe((clock.nowMs() - outcome.receivedAtMs) / 1_000)
  const command = commandOf(due, outcome, { tookMs, atMs: clock.nowMs() })
  await record(context, due, { command, untilMs, presumed: history })
}

async function sendOnce({ send, logger }: DeliverContext, due: DueDelivery): Promise<SendOutcome & Heard> {
  try {
    return await send(due, AbortSignal.timeout(SEND_TIMEOUT_MS))
  } catch (error) {
    logger.error({ err: error, notification: due.notification }, 'a message was not sent')
    return { outcome: 'retry', reason: 'it could not be sent: see the log of the role alerter' }
  }
}

type Took = { readonly tookMs: number; readonly atMs: number }

function commandOf(
  { attempt, notification: id }: DueDelivery,
  outcome: SendOutcome,
  { tookMs, atMs }: Took,
): NotificationCommand {
  switch (outcome.outcome) {
    case 'delivered':
      return { kind: 'Deliver', attempt, answer: outcome.answer, tookMs }
    case 'refused':
      return { kind: 'GiveUp', attempt, reason: outcome.reason, refused: true }
    case 'retry': {
      const { reason, retryAfterMs, accepted } = outcome
      const fail = { kind: 'Fail', notification: id, attempt, reason, atMs } as const
      return {
        ...fail,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...(accepted !== undefined && { accepted }),
      }
    }
  }
}

type Kept = Appending & { readonly untilMs: number }

// What was sent has to be told, or it is sent again: tried for as long as nobody else may send it. Never throws, for who
// tries the whole again would send it again.
async function record(
  context: DeliverContext,
  due: DueDelivery,
  { untilMs, ...appending }: Kept,
): Promise<void> {
  const { clock, logger } = context
  for (let failures = 0; ; failures++)
    try {
      await append(context, due, appending)
      return
    } catch (error) {
      const waitMs = backoffMs(failures)
      const isTooLate = clock.nowMs() + waitMs > untilMs
      const say = isTooLate ? 'it will be sent again' : 'trying again'
      logger.warn(
        { err: error, notification: due.notification },
        `what became of a message is not in the log: ${say}`,
      )
      if (isTooLate) return
      await delay(waitMs)
    }
}

type Appending = { readonly command: NotificationCommand; readonly presumed?: AggregateHistory }

function append(
  { store, clock, actor }: DeliverContext,
  { tenant, notification: id }: DueDelivery,
  appending: Appending,
): Promise<Handled> {
  const aggregate = notificationAggregate(tenant, id)
  // Its own each time: an attempt that was begun before, by whomever, must not look as if this one had begun it.
  const commandId = newUlid(clock.nowMs())
  return handle(store, notification, { aggregate, commandId, actor, clock, ...appending })
}
