// What was given elsewhere, names above all, as people may be shown it: nothing that cannot be seen, and nothing that turns
// the direction of what stands beside it, can make one name look like another. What is stored stays as it is.

import type { Message, MessageAlert } from '../message.ts'

// Format and control characters, but lines, tabulators, and the joiners where they have a meaning: within words and emoji.
const UNSEEN =
  /(?!(?<=[\p{L}\p{M}\p{ExtPict}\p{EMod}\uFE0F])[\u200C\u200D](?=[\p{L}\p{ExtPict}])|[\n\t])[\p{Cf}\p{Cc}]/gu

/** A text without characters that only change how others are shown. */
export const legible = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(UNSEEN, '')

/** The same in one line; of what has nothing that can be seen, a sign that there is something. */
export function legibleLine(text: string): string {
  const line = legible(text).replaceAll(/\s+/g, ' ').trim()
  return line === '' && text !== '' ? '\uFFFD' : line
}

/** A message with all that others have given to it made legible. */
export const legibleMessage = (message: Message): Message => ({
  ...message,
  alerts: message.alerts.map(legibleAlert),
})

const legibleAlert = (alert: MessageAlert): MessageAlert => ({
  ...alert,
  ruleName: legibleLine(alert.ruleName),
  description: legible(alert.description),
  agentName: legibleLine(alert.agentName),
  dimension: legibleLine(alert.dimension),
  labels: Object.fromEntries(
    Object.entries(alert.labels).map(([name, value]) => [name, legibleLine(value)] as const),
  ),
  runbookUrl: legibleLine(alert.runbookUrl),
})
