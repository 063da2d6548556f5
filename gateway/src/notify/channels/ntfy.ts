// ntfy, published as JSON (https://docs.ntfy.sh/publish/#publish-as-json). The notification is the sequence id: from
// version 2.16 on a repeated message replaces itself.

import { z } from 'zod'
import { line, webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { linksOf, moodOf, type Mood } from '../layout.ts'
import { fitted, fittedLine, jsonBytesOf } from '../text/fit.ts'

// Longer messages become attachments, longer titles are refused; a body of more than two messages is refused as a whole, so
// bytes are counted as they are sent.
const TEXT_BYTES = 4_096
const TITLE_BYTES = 512

const PRIORITIES: Readonly<Record<Mood, number>> = {
  critical: 5,
  warning: 4,
  info: 3,
  acknowledged: 2,
  over: 3,
  closed: 3,
}
const TAGS: Readonly<Record<Mood, string>> = {
  critical: 'rotating_light',
  warning: 'warning',
  info: 'information_source',
  acknowledged: 'eyes',
  over: 'white_check_mark',
  closed: 'lock',
}

export const ntfy = httpNotifier({
  kind: 'ntfy',
  settings: z.object({
    server: webAddress({ en: 'Address of the server', fr: 'Adresse du serveur' }, 'http or https').default(
      'https://ntfy.sh',
    ),
  }),
  secrets: z.object({
    // On a server without accounts whoever knows it reads it.
    topic: line({
      en: 'Topic; without a token as good as a password',
      fr: 'Sujet ; sans jeton, il vaut un mot de passe',
    }).regex(/^[-_A-Za-z0-9]{1,64}$/, 'must be 1 – 64 letters, digits, - or _'),
    token: line({ en: 'Access token, tk_…', fr: 'Jeton d’accès, tk_…' })
      .regex(/^[\x21-\x7e]+$/, 'must have no spaces')
      .optional(),
  }),
  destination: ['server'],
  perMinute: 30,
  content: (told) => {
    const { message, title, text, language } = told
    const mood = moodOf(message)
    const links = linksOf(told)
    return {
      title: fittedLine(title, { size: TITLE_BYTES, language, sizeOf: jsonBytesOf }),
      message: fitted(text, { size: TEXT_BYTES, language, sizeOf: jsonBytesOf }),
      priority: PRIORITIES[mood],
      tags: [TAGS[mood]],
      ...(links[0] && { click: links[0].url }),
      actions: links.map(({ label, url }) => ({ action: 'view', label, url })),
      sequence_id: message.notification,
    }
  },
  address: (content, { settings: { server }, secrets: { topic, token } }) => ({
    url: server,
    body: JSON.stringify({ topic, ...content }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  }),
})
