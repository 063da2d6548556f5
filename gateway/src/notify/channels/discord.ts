// Discord, by a webhook of a channel (https://discord.com/developers/docs/resources/webhook#execute-webhook).

import { z } from 'zod'
import { webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { COLOURS, linksOf, moodOf } from '../layout.ts'
import type { Outcome, Told } from '../notifier.ts'
import { jsonOf, type Answer } from '../outgoing/http-request.ts'
import { outcomeOf, type Judging } from '../outgoing/outcome-of.ts'
import { retrySecondsMs } from '../outgoing/retry-after.ts'
import { escapeDiscord } from '../text/escape.ts'
import { fitted, fittedLine } from '../text/fit.ts'

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits; the rest is for the links.
const TITLE_CHARS = 256
const TEXT_CHARS = 3_500

const Answered = z.object({ id: z.string().optional(), retry_after: z.number().optional() })

export const discord = httpNotifier({
  kind: 'discord',
  settings: z.object({}),
  secrets: z.object({
    url: webAddress({
      en: 'Address of the webhook: https://discord.com/api/webhooks/…',
      fr: 'Adresse du webhook : https://discord.com/api/webhooks/…',
    }),
  }),
  destination: ['url'],
  perMinute: 30,
  content: (told) => {
    const { message, title, language } = told
    const [first] = linksOf(told)
    return {
      embeds: [
        {
          title: fittedLine(title, { size: TITLE_CHARS, language, escape: escapeDiscord }),
          description: descriptionOf(told),
          ...(first && { url: first.url }),
          color: Number.parseInt(COLOURS[moodOf(message)].slice(1), 16),
          timestamp: new Date(message.atMs).toISOString(),
        },
      ],
      // Whatever a host is called, it calls nobody.
      allowed_mentions: { parse: [] },
    }
  },
  address: (_content, { secrets: { url } }) => ({ url: waiting(url) }),
  judge,
})

function descriptionOf(told: Told): string {
  const { text, language } = told
  const links = linksOf(told).map(
    ({ label, url }) => `[${escapeDiscord(label)}](${url.replaceAll(')', '%29')})`,
  )
  return [fitted(text, { size: TEXT_CHARS, language, escape: escapeDiscord }), links.join(' · ')]
    .filter((part) => part !== '')
    .join('\n\n')
}

// Only then the answer comes after the message was made, and names it.
function waiting(address: string): string {
  const url = new URL(address)
  url.searchParams.set('wait', 'true')
  return url.href
}

function judge(answer: Answer, judging: Judging): Outcome | undefined {
  const said = Answered.safeParse(jsonOf(answer))
  if (!said.success) return undefined
  const { id, retry_after } = said.data
  const outcome = outcomeOf(answer, judging)
  if (outcome.outcome === 'delivered' && id !== undefined)
    return { outcome: 'delivered', answer: `${answer.status} message ${id.slice(0, 40)}` }
  const afterMs = retrySecondsMs(retry_after)
  return outcome.outcome === 'retry' && afterMs !== undefined
    ? { ...outcome, retryAfterMs: afterMs }
    : outcome
}
