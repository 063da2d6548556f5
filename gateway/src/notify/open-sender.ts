// What the alerter sends with: a message in words, through the adapter of its channel's kind, out by the guarded way.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { Clock } from '@secumon/domain/clock'
import type { Message } from './message.ts'
import type { Outcome, Values } from './notifier.ts'
import { openOutgoing, type OutgoingOptions } from './outgoing/outgoing.ts'
import { outcomeOfFault } from './outgoing/outcome-of.ts'
import { notifierOf } from './registry.ts'
import { tell } from './text/tell.ts'

/** What of a channel's specification sending needs. */
export type SendingChannel = Pick<
  ChannelSpec,
  'kind' | 'settings' | 'language' | 'timeZone' | 'titleTemplate' | 'textTemplate'
>

export type Delivery = {
  readonly message: Message
  readonly channel: SendingChannel
  /** From the vault; empty where the channel has none. */
  readonly secrets: Values
  /** Of several recipients those that have it from earlier attempts. */
  readonly accepted?: readonly string[]
  /** Ends the attempt early. It ends by itself after 10 s. */
  readonly signal: AbortSignal
}

export type Sender = {
  /** One attempt. Never throws: whatever happens is an outcome. */
  send(delivery: Delivery): Promise<Outcome>
  close(): void
}

export type SenderOptions = OutgoingOptions & { readonly clock: Clock }

/** Connections are kept between messages, so one sender serves a process for its life. */
export function openSender({ clock, ...options }: SenderOptions): Sender {
  const outgoing = openOutgoing(options)
  return {
    send: async ({ message, channel, secrets, accepted = [], signal }) => {
      try {
        const notifier = notifierOf(channel.kind)
        return await notifier.send({
          told: tell(message, channel),
          settings: channel.settings,
          secrets,
          accepted,
          signal: outgoing.within(signal),
          outgoing,
          nowMs: clock.nowMs(),
        })
      } catch (fault) {
        return outcomeOfFault(fault, { secrets: Object.values(secrets) })
      }
    },
    close: () => outgoing.close(),
  }
}

export type Preview = {
  readonly title: string
  readonly text: string
  /** What the service would be told, without secrets. */
  readonly content: Readonly<Record<string, unknown>>
}

/** How a message would look on a channel; nothing is sent. @throws Rejected `invalid` */
export function preview(message: Message, channel: SendingChannel): Preview {
  const told = tell(message, channel)
  const content = notifierOf(channel.kind).content(told, channel.settings)
  return { title: told.title, text: told.text, content }
}
