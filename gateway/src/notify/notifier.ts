// The seam between the alerter and the world: a kind of channel is one `Notifier`, in one file, with one line in the
// registry.

import type { z } from 'zod'
import type { Message } from './message.ts'
import type { Outgoing } from './outgoing/outgoing.ts'
import type { Language } from './text/language.ts'

/**
 * What became of a message. `retry`: it may be taken later, not before `retryAfterMs` where the other side said so, by
 * those of its recipients who have not `accepted` it. `refused`: sending the same again is of no use. Reasons are for
 * people, bounded, and hold no secret.
 */
export type Outcome =
  | { readonly outcome: 'delivered'; readonly answer: string }
  | {
      readonly outcome: 'retry'
      readonly reason: string
      readonly retryAfterMs?: number
      readonly accepted?: readonly string[]
    }
  | { readonly outcome: 'refused'; readonly reason: string }

/** Fields of a channel, each a text with its own check and a sentence for people (see fields.ts). */
export type Fields = z.ZodObject<Record<string, z.ZodType<unknown, string | undefined>>>

export type Values = Readonly<Record<string, string>>

/** A message in words, before the channel escapes, lays out and cuts it. */
export type Told = {
  readonly message: Message
  readonly language: Language
  /** One line. */
  readonly title: string
  readonly text: string
}

export type Sending = {
  readonly told: Told
  readonly settings: Values
  readonly secrets: Values
  /** Of several recipients those that have it from earlier attempts. */
  readonly accepted: readonly string[]
  /** Ends the attempt: what was not answered until then is a `retry`. */
  readonly signal: AbortSignal
  readonly outgoing: Outgoing
  /** Wall clock, for what is signed with its time. */
  readonly nowMs: number
}

export type Notifier = {
  /** Name in the registry and in `ChannelSpec.kind`. */
  readonly kind: string
  readonly settings: Fields
  readonly secrets: Fields
  /** Names of the settings and secrets that say where messages go, and with them the other secrets. */
  readonly destination: readonly string[]
  /** What the service bears from one channel. */
  readonly perMinute: number
  /** What the service is told, without secrets: this is what a preview shows. @throws z.ZodError on bad settings */
  content(told: Told, settings: Values): Readonly<Record<string, unknown>>
  /** Sends once; never throws. */
  send(sending: Sending): Promise<Outcome>
}
