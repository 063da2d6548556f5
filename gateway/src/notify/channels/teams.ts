// Microsoft Teams, by a workflow that waits for a webhook and posts the Adaptive Card in it
// (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using). The texts are
// runs, which are shown as they are: a text block would read them as Markdown.

import { z } from 'zod'
import { webAddress } from '../fields.ts'
import { httpNotifier } from '../http-notifier.ts'
import { linksOf, moodOf, type Mood } from '../layout.ts'
import { fitted, fittedLine, jsonBytesOf } from '../text/fit.ts'

// 28 KB for a message with everything in it, as it is sent; a run costs some 90 bytes beside its text.
const TEXT_BYTES = 12_000
const TITLE_CHARS = 300
const MAX_LINES = 60

const CARD_COLOURS: Readonly<Record<Mood, string>> = {
  critical: 'attention',
  warning: 'warning',
  info: 'accent',
  acknowledged: 'accent',
  over: 'good',
  closed: 'default',
}

export const teams = httpNotifier({
  kind: 'teams',
  settings: z.object({}),
  secrets: z.object({
    url: webAddress({
      en: 'Address of the workflow “When a Teams webhook request is received”',
      fr: 'Adresse du flux « Lorsqu’une demande de webhook Teams est reçue »',
    }),
  }),
  destination: ['url'],
  perMinute: 60,
  content: (told) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: fittedLine(told.title, { size: TITLE_CHARS, language: told.language }),
          body: [
            run(fittedLine(told.title, { size: TITLE_CHARS, language: told.language }), {
              size: 'large',
              weight: 'bolder',
              color: CARD_COLOURS[moodOf(told.message)],
            }),
            ...linesOf(fitted(told.text, { size: TEXT_BYTES, language: told.language, sizeOf: jsonBytesOf })),
          ],
          actions: linksOf(told).map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
          msteams: { width: 'Full' },
        },
      },
    ],
  }),
  address: (_content, { secrets: { url } }) => ({ url }),
})

// A run has no line breaks in Teams, so each line is a block; the rest of a very long text is one.
function linesOf(text: string): object[] {
  const lines = text.split('\n')
  const told = [...lines.slice(0, MAX_LINES - 1), ...rest(lines.slice(MAX_LINES - 1))]
  return told.filter((line) => line.trim() !== '').map((line) => run(line, {}, { spacing: 'small' }))
}

const rest = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : [lines.join(' ')])

const run = (text: string, style: object, block: object = {}): object => ({
  type: 'RichTextBlock',
  ...block,
  inlines: [{ type: 'TextRun', text, ...style }],
})
