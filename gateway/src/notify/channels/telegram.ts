// Telegram, by a bot (https://core.telegram.org/bots/api#sendmessage). Links are in the text: a keyboard is refused as a
// whole when Telegram does not like one address in it.

import { z } from 'zod'
import { line, webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { linksOf } from '../layout.ts'
import type { Outcome } from '../notifier.ts'
import { jsonOf, type Answer } from '../outgoing/http-request.ts'
import { outcomeOf, type Judging } from '../outgoing/outcome-of.ts'
import { retrySecondsMs } from '../outgoing/retry-after.ts'
import { escapeHtml } from '../text/escape.ts'
import { fitted, fittedLine } from '../text/fit.ts'

// 4096 after the markup is taken away; the rest is for links and line breaks.
const TITLE_CHARS = 256
const TEXT_CHARS = 3_700

const settings = z.object({
  chat_id: line({
    en: 'Chat: its number, or @name of a channel',
    fr: 'Discussion : son numéro, ou @nom d’un canal',
  }).regex(/^(-?\d{1,20}|@[A-Za-z0-9_]{4,64})$/, 'must be a number or @name'),
  thread_id: line({ en: 'Topic of the group, a number', fr: 'Sujet du groupe, un nombre' })
    .regex(/^\d{1,15}$/, 'must be a number')
    .optional(),
  api_url: webAddress(
    { en: 'Address of the Bot API server', fr: 'Adresse du serveur de l’API Bot' },
    'http or https',
  ).default('https://api.telegram.org'),
})

const Answered = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.object({ message_id: z.number() }).optional(),
  parameters: z
    .object({ retry_after: z.number().optional(), migrate_to_chat_id: z.number().optional() })
    .optional(),
})

export const telegram = httpNotifier({
  kind: 'telegram',
  settings,
  secrets: z.object({
    bot_token: line({ en: 'Token of the bot, from @BotFather', fr: 'Jeton du bot, de @BotFather' }).regex(
      /^\d{3,20}:[A-Za-z0-9_-]{20,80}$/,
      'must be like 123456:ABC…',
    ),
  }),
  destination: ['api_url'],
  // In a group, 20 a minute.
  perMinute: 20,
  content: (told, { chat_id, thread_id }) => {
    const { title, text, language } = told
    const head = escapeHtml(fittedLine(title, { size: TITLE_CHARS, language }))
    const body = escapeHtml(fitted(text, { size: TEXT_CHARS, language }))
    const links = linksOf(told).map(
      ({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`,
    )
    return {
      chat_id,
      ...(thread_id !== undefined && { message_thread_id: Number(thread_id) }),
      text: [`<b>${head}</b>`, body, ...(links.length > 0 ? [links.join(' · ')] : [])].join('\n\n'),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...(told.message.kind === 'acknowledged' && { disable_notification: true }),
    }
  },
  address: (_content, { settings: { api_url }, secrets: { bot_token } }) => ({
    url: `${api_url.replace(/\/+$/, '')}/bot${bot_token}/sendMessage`,
  }),
  judge,
})

function judge(answer: Answer, judging: Judging): Outcome | undefined {
  const said = Answered.safeParse(jsonOf(answer))
  if (!said.success) return undefined
  const { ok, result, parameters } = said.data
  if (ok && result) return { outcome: 'delivered', answer: `${answer.status} message ${result.message_id}` }
  const outcome = outcomeOf(answer, judging)
  if (outcome.outcome === 'refused' && parameters?.migrate_to_chat_id !== undefined)
    return {
      outcome: 'refused',
      reason: `${outcome.reason}; its chat is ${parameters.migrate_to_chat_id} now`,
    }
  const afterMs = retrySecondsMs(parameters?.retry_after)
  return outcome.outcome === 'retry' && afterMs !== undefined
    ? { ...outcome, retryAfterMs: afterMs }
    : outcome
}
