// A message as a mail: subject, text, HTML, and the headers that programs read.

import { COLOURS, linksOf, moodOf } from '../layout.ts'
import { severityOf, type Message } from '../message.ts'
import type { Told } from '../notifier.ts'
import { escapeHtml } from '../text/escape.ts'
import { fittedLine } from '../text/fit.ts'
import { WORDS } from '../text/words.ts'

// RFC 5322 wants lines below 998; people read less.
const SUBJECT_CHARS = 200

export type MailContent = { readonly subject: string; readonly text: string; readonly html: string }

export const mailContent = (told: Told): MailContent => ({
  subject: fittedLine(told.title, { size: SUBJECT_CHARS, language: told.language }),
  text: [
    told.text,
    ...linksOf(told).map(({ label, url }) => `${label}${WORDS[told.language].colon} ${url}`),
  ].join('\n\n'),
  html: htmlOf(told),
})

// Styles stand at each element: many programs drop those of the head.
function htmlOf(told: Told): string {
  const colour = COLOURS[moodOf(told.message)]
  const font = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif'
  const lines = told.text
    .split('\n')
    .map((text) => `<p style="margin:0 0 8px">${escapeHtml(text)}</p>`)
    .join('\n')
  const links = linksOf(told)
    .map(
      ({ label, url }, i) =>
        `<a href="${escapeHtml(url)}" style="${i === 0 ? BUTTON : LINK}">${escapeHtml(label)}</a>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="${told.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(told.title)}</title></head>
<body style="margin:0;padding:16px;${font};font-size:15px;line-height:1.5">
<div style="max-width:640px;border-left:6px solid ${colour};padding:4px 16px">
<h1 style="margin:0 0 12px;font-size:18px">${escapeHtml(told.title)}</h1>
${lines}
${links === '' ? '' : `<p style="margin:16px 0 0">${links}</p>`}
</div>
</body>
</html>
`
}

const LINK = 'display:inline-block;padding:8px 16px'
const BUTTON = `${LINK};background:#1f2937;color:#ffffff;text-decoration:none;border-radius:6px`

export type MailHeaders = {
  readonly baseBoundary: string
  readonly messageId: string
  readonly references: string
  readonly date: Date
  readonly priority: 'high' | 'normal'
  readonly headers: Readonly<Record<string, string>>
}

/** @param from whose domain the ids are of */
export function mailHeaders(message: Message, from: string): MailHeaders {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return {
    // Each attempt is the same to the last byte.
    baseBoundary: message.notification,
    messageId: `<${message.notification}@${domain}>`,
    references: `<${message.incident}@${domain}>`,
    date: new Date(message.atMs),
    priority: severityOf(message) === 'critical' && moodOf(message) === 'critical' ? 'high' : 'normal',
    // RFC 3834: nobody's absence answers it.
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Secumon-Incident': message.incident,
      'X-Secumon-Notification': message.notification,
    },
  }
}
