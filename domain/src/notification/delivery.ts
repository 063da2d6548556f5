// What may become of one message. Starting an attempt is the lease of it: the log lets one of two workers win.

import { clone, create } from '@bufbuild/protobuf'
import {
  DeliveryFailedSchema,
  DeliveryStartedSchema,
  NotificationDeliveredSchema,
  NotificationDueSchema,
  NotificationGivenUpSchema,
  NotificationRetriedSchema,
} from '@secumon/contracts/gen/notification'
import type { DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import { GIVE_UP_MS, MAX_RETRY_AFTER_MS, notBeforeMs, retryDelayMs } from './delivery-policy.ts'
import { newMessage, type Message, type NotificationCommandOf } from './notification.ts'

export const MAX_ANSWER_LENGTH = 1_000

type State = Message | undefined

export const plan = ({ due }: NotificationCommandOf<'Plan'>, message: State): DomainEvent[] =>
  message ? [] : [{ case: 'notificationDue', value: due }]

/** Whoever is refused must not send. A message that can go when it becomes due is due and started at once. */
export function start(command: NotificationCommandOf<'Start'>, message: State): DomainEvent[] {
  const { attempt, worker, atMs, untilMs, due } = command
  const held = message ?? newMessage(due)
  const { phase, attempt: newest } = held
  if (isOver(phase)) throw new Rejected('conflict', `the message is ${phase}`)
  if (attempt !== newest + 1)
    throw new Rejected('conflict', `the next attempt is ${newest + 1}, not ${attempt}`)
  if (phase !== 'due' && atMs < notBeforeMs(held, atMs))
    throw new Rejected('conflict', phase === 'sending' ? 'somebody else is sending it' : 'it has to wait')
  const value = create(DeliveryStartedSchema, { attempt, worker, untilMs: BigInt(Math.ceil(untilMs)) })
  return [...plan({ kind: 'Plan', due }, message), { case: 'deliveryStarted', value }]
}

/** Also when it was thought to be lost: it was taken. */
export function deliver(command: NotificationCommandOf<'Deliver'>, message: State): DomainEvent[] {
  const { attempt, answer, tookMs } = command
  const { phase, attempt: newest } = existing(message)
  if (phase === 'delivered' || attempt > newest) return []
  const value = create(NotificationDeliveredSchema, { attempt, answer: short(answer), tookMs })
  return [{ case: 'notificationDelivered', value }]
}

/** It is tried again later, or given up when it has been tried for long enough. */
export function fail(command: NotificationCommandOf<'Fail'>, message: State): DomainEvent[] {
  const { notification, attempt, reason, atMs, retryAfterMs } = command
  const accepted = [...(command.accepted ?? [])]
  const { phase, attempt: newest, failures, due } = existing(message)
  if (phase !== 'sending' || attempt !== newest) return []
  const backoffMs = retryDelayMs(notification, failures + 1)
  const askedMs = Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS)
  const retryAtMs = atMs + Math.max(backoffMs, askedMs)
  if (retryAtMs > Number(due.dueAtMs) + GIVE_UP_MS)
    return givenUp({ attempt, reason, refused: false, accepted })
  const value = create(DeliveryFailedSchema, {
    attempt,
    reason: short(reason),
    retryAtMs: BigInt(Math.ceil(retryAtMs)),
    channelBusy: askedMs > 0,
    accepted,
  })
  return [{ case: 'deliveryFailed', value }]
}

export function giveUp(command: NotificationCommandOf<'GiveUp'>, message: State): DomainEvent[] {
  const { phase, attempt: newest } = existing(message)
  const { attempt, reason, refused } = command
  return isOver(phase) || attempt !== newest ? [] : givenUp({ attempt, reason, refused })
}

/** A dead letter is due again; one that waits need not wait any longer. */
export function retry({ atMs }: NotificationCommandOf<'Retry'>, message: State): DomainEvent[] {
  const { phase, due: first, attempt, accepted } = existing(message)
  if (phase === 'delivered') throw new Rejected('conflict', 'the message was delivered')
  if (phase === 'due' || phase === 'sending') return []
  const due = clone(NotificationDueSchema, first)
  due.dueAtMs = BigInt(atMs)
  const value = create(NotificationRetriedSchema, { due, attempt, accepted: [...accepted] })
  return [{ case: 'notificationRetried', value }]
}

type End = {
  readonly attempt: number
  readonly reason: string
  readonly refused: boolean
  readonly accepted?: string[]
}

const givenUp = ({ reason, ...end }: End): DomainEvent[] => [
  {
    case: 'notificationGivenUp',
    value: create(NotificationGivenUpSchema, { ...end, reason: short(reason) }),
  },
]

const isOver = (phase: Message['phase']): boolean => phase === 'delivered' || phase === 'dead'

const short = (text: string): string => text.slice(0, MAX_ANSWER_LENGTH)

function existing(message: State): Message {
  if (!message) throw new Rejected('not_found', 'no such message')
  return message
}
