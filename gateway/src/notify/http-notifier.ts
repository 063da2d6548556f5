// A channel over HTTP in four parts: fields, what the service is told, where it goes under which secrets, and what a
// service says in a way of its own. The rest is the same for all of them.

import type { z } from 'zod'
import type { Fields, Notifier, Outcome, Sending, Told } from './notifier.ts'
import type { Answer, OutgoingRequest } from './outgoing/http-request.ts'
import { outcomeOf, outcomeOfFault, type Judging } from './outgoing/outcome-of.ts'

export type Content = Readonly<Record<string, unknown>>

export type Addressing<Settings extends Fields, Secrets extends Fields> = {
  readonly told: Told
  readonly settings: z.output<Settings>
  readonly secrets: z.output<Secrets>
  readonly nowMs: number
}

/** Where the content goes. Without a body of its own the content is sent as JSON. */
export type Addressed = {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type HttpChannel<Settings extends Fields, Secrets extends Fields> = {
  readonly kind: string
  readonly settings: Settings
  readonly secrets: Secrets
  /** Those that `address` makes its URL of, but for what only names somebody at the service. */
  readonly destination: readonly (keyof (z.output<Settings> & z.output<Secrets>) & string)[]
  readonly perMinute: number
  content(told: Told, settings: z.output<Settings>): Content
  /** What the service is told in a second request, once it took the first. */
  further?(told: Told): Content | undefined
  address(content: Content, addressing: Addressing<Settings, Secrets>): Addressed
  /** Undefined: the answer means what its status says. */
  judge?(answer: Answer, judging: Judging): Outcome | undefined
}

export function httpNotifier<Settings extends Fields, Secrets extends Fields>(
  channel: HttpChannel<Settings, Secrets>,
): Notifier {
  const { kind, settings, secrets, destination, perMinute } = channel
  return {
    kind,
    settings,
    secrets,
    destination,
    perMinute,
    content: (told, values) => channel.content(told, settings.parse(values)),
    send: async (sending) => {
      const first = await sendOne(channel, sending, (given) => channel.content(sending.told, given))
      const further = first.outcome === 'delivered' ? channel.further?.(sending.told) : undefined
      if (first.outcome !== 'delivered' || !further) return first
      const second = await sendOne(channel, sending, () => further)
      return second.outcome === 'delivered'
        ? { outcome: 'delivered', answer: `${first.answer}; ${second.answer}` }
        : { ...second, reason: `${first.answer}; then ${second.reason}` }
    },
  }
}

async function sendOne<Settings extends Fields, Secrets extends Fields>(
  channel: HttpChannel<Settings, Secrets>,
  sending: Sending,
  contentOf: (settings: z.output<Settings>) => Content,
): Promise<Outcome> {
  const judging = { secrets: Object.values(sending.secrets), nowMs: sending.nowMs }
  try {
    const request = requestOf(channel, sending, contentOf)
    const answer = await sending.outgoing.request(request, sending.signal)
    return channel.judge?.(answer, judging) ?? outcomeOf(answer, judging)
  } catch (fault) {
    return outcomeOfFault(fault, judging)
  }
}

function requestOf<Settings extends Fields, Secrets extends Fields>(
  channel: HttpChannel<Settings, Secrets>,
  { told, settings: given, secrets: kept, nowMs }: Sending,
  contentOf: (settings: z.output<Settings>) => Content,
): OutgoingRequest {
  const settings = channel.settings.parse(given)
  const addressing = { told, settings, secrets: channel.secrets.parse(kept), nowMs }
  const content = contentOf(settings)
  const { url, headers, body } = channel.address(content, addressing)
  return {
    url: new URL(url),
    headers: { 'content-type': 'application/json', ...headers },
    body: body ?? JSON.stringify(content),
  }
}
