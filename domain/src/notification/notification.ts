// Aggregate `notification`: one message to one channel, from the moment it is due until it is delivered or given up. Under
// an alert's own id it says instead why nothing is sent of that alert.

import type { NotificationDue, NotificationRetried } from '@secumon/contracts/gen/notification'
import type { AggregateRef, Decider, DomainEvent } from '../decider.ts'
import { deliver, fail, giveUp, plan, retry, start } from './delivery.ts'
import { reserved, retryLater } from './delivery-policy.ts'
import { mute, unmute } from './mute.ts'

export type MessagePhase = 'due' | 'sending' | 'waiting' | 'delivered' | 'dead'

export type Message = {
  readonly due: NotificationDue
  readonly phase: MessagePhase
  /** The newest attempt, from 1; 0 before the first. */
  readonly attempt: number
  /** Of several recipients those that have it: attempts leave them out. */
  readonly accepted: readonly string[]
  /** Attempts that failed since it was due, or a person had it tried again. */
  readonly failures: number
  /** While it is being sent: who sends it, and until when nobody else may. */
  readonly worker: string
  readonly untilMs: number
  /** How far ahead that can be at the most. */
  readonly longestMs: number
}

export type Mute = { readonly stage: string; readonly by: string; readonly detail: string }

export type NotificationState = { readonly message: Message | undefined; readonly mute: Mute | undefined }

export type NotificationCommand =
  | { readonly kind: 'Plan'; readonly due: NotificationDue }
  | {
      readonly kind: 'Start'
      /** What the message is, where the log does not say yet that it is due. */
      readonly due: NotificationDue
      /** The one after the newest. */
      readonly attempt: number
      readonly worker: string
      readonly atMs: number
      readonly untilMs: number
    }
  | { readonly kind: 'Deliver'; readonly attempt: number; readonly answer: string; readonly tookMs: number }
  | {
      readonly kind: 'Fail'
      /** ULID of the notification: its backoff follows from it. */
      readonly notification: string
      readonly attempt: number
      readonly reason: string
      readonly atMs: number
      /** What the other side asked for. */
      readonly retryAfterMs?: number
      /** Of several recipients those that took it all the same. */
      readonly accepted?: readonly string[]
    }
  | {
      readonly kind: 'GiveUp'
      readonly attempt: number
      readonly reason: string
      /** By the other side; else by us. */
      readonly refused: boolean
    }
  | { readonly kind: 'Retry'; readonly atMs: number }
  | ({ readonly kind: 'Mute'; readonly alert: string } & Mute)
  | { readonly kind: 'Unmute'; readonly alert: string }

/** The command of one kind. */
export type NotificationCommandOf<K extends NotificationCommand['kind']> = Extract<
  NotificationCommand,
  { readonly kind: K }
>

/** The aggregate of a message, or of what mutes an alert. */
export const notificationAggregate = (tenant: string, id: string): AggregateRef => ({
  tenant,
  aggregate: notification.aggregate,
  id,
})

export const notification: Decider<NotificationCommand, NotificationState> = {
  aggregate: 'notification',
  initial: { message: undefined, mute: undefined },
  decide(command, { message, mute: muted }) {
    switch (command.kind) {
      case 'Plan':
        return plan(command, message)
      case 'Start':
        return start(command, message)
      case 'Deliver':
        return deliver(command, message)
      case 'Fail':
        return fail(command, message)
      case 'GiveUp':
        return giveUp(command, message)
      case 'Retry':
        return retry(command, message)
      case 'Mute':
        return mute(command, muted)
      case 'Unmute':
        return unmute(command, muted)
    }
  },
  evolve(state, event) {
    switch (event.case) {
      case 'notificationMuted': {
        const { stage, by, detail } = event.value
        return { ...state, mute: { stage, by, detail } }
      }
      case 'notificationUnmuted':
        return { ...state, mute: undefined }
      default:
        return { ...state, message: evolveMessage(state.message, event) }
    }
  },
}

/** Folds one event of a message. */
export function evolveMessage(message: Message | undefined, event: DomainEvent): Message | undefined {
  if (event.case === 'notificationDue') return newMessage(event.value)
  if (event.case === 'notificationRetried') return retried(message, event.value)
  if (!message) return undefined
  switch (event.case) {
    case 'deliveryStarted': {
      const { attempt, worker } = event.value
      return { ...message, phase: 'sending', attempt, worker, ...reserved(event.value) }
    }
    case 'notificationDelivered':
      return { ...message, phase: 'delivered' }
    case 'deliveryFailed':
      return {
        ...message,
        phase: 'waiting',
        failures: message.failures + 1,
        accepted: [...message.accepted, ...event.value.accepted],
        ...retryLater(event.value),
      }
    case 'notificationGivenUp':
      return { ...message, phase: 'dead', accepted: [...message.accepted, ...event.value.accepted] }
    default:
      return message
  }
}

/** A message that is due and was not tried yet. */
export const newMessage = (due: NotificationDue): Message => ({
  due,
  phase: 'due',
  attempt: 0,
  accepted: [],
  failures: 0,
  worker: '',
  untilMs: 0,
  longestMs: 0,
})

function retried(message: Message | undefined, value: NotificationRetried): Message | undefined {
  const { attempt, accepted } = value
  const again = value.due ?? message?.due
  return again && { ...newMessage(again), attempt, accepted }
}
