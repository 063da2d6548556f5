// Slack, by an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). Links are
// in the text: buttons would ask for an app that answers them.

import { z } from 'zod'
import { webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { COLOURS, linksOf, moodOf } from '../layout.ts'
import type { Told } from '../notifier.ts'
import { escapeSlack } from '../text/escape.ts'
import { fitted, fittedLine } from '../text/fit.ts'

// https://docs.slack.dev/reference/block-kit/blocks
const HEADER_CHARS = 150
const SECTION_CHARS = 3_000
const FALLBACK_CHARS = 300

export const slack = httpNotifier({
  kind: 'slack',
  settings: z.object({}),
  secrets: z.object({
    url: webAddress({
      en: 'Address of the incoming webhook: https://hooks.slack.com/services/…',
      fr: 'Adresse du webhook entrant : https://hooks.slack.com/services/…',
    }),
  }),
  destination: ['url'],
  // About one a second and channel.
  perMinute: 60,
  content: (told) => ({
    // What notifications show: with blocks beside it, it is not part of the message.
    text: fittedLine(told.title, { size: FALLBACK_CHARS, language: told.language, escape: escapeSlack }),
    blocks: [{ type: 'header', text: { type: 'plain_text', text: headerOf(told), emoji: false } }],
    attachments: [{ color: COLOURS[moodOf(told.message)], blocks: sectionsOf(told) }],
  }),
  address: (_content, { secrets: { url } }) => ({ url }),
})

const headerOf = ({ title, language }: Told): string => fittedLine(title, { size: HEADER_CHARS, language })

function sectionsOf(told: Told): object[] {
  const { text, language } = told
  const links = linksOf(told).map(({ label, url }) => `<${linkTarget(url)}|${escapeSlack(label)}>`)
  const shown = fitted(text, { size: SECTION_CHARS, language, escape: escapeSlack })
  return [section(shown), ...(links.length > 0 ? [section(links.join('  ·  '))] : [])]
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })

// A bar would end the address.
const linkTarget = (url: string): string => escapeSlack(url).replaceAll('|', '%7C')
