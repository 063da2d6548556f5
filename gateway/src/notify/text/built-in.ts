// The texts of a channel that has no templates of its own.

import { countsOf, severityOf, tellsEnds, tellsRecovery, type Message } from '../message.ts'
import { alertLine, whereOf, type Telling } from './told-alert.ts'
import { WORDS, type Words } from './words.ts'

/** Alerts that are told one by one; the others are counted. */
export const MAX_ALERTS = 20

/** One line: how bad, what, where. */
export function builtInTitle(message: Message, telling: Telling): string {
  const words = WORDS[telling.language]
  if (message.kind === 'test') return `${words.test} · SecuMon`
  const [first] = message.alerts
  const count = countOf(message)
  const what =
    first && count === 1
      ? `${first.ruleName} · ${whereOf(first, telling)}`
      : [words.alerts(count), first?.ruleName].filter(Boolean).join(' · ')
  return `${headOf(message, telling)} · ${what}`
}

/** All its alerts, also those that are not told one by one. */
export function countOf(message: Message): number {
  const { firing, acknowledged, resolved } = countsOf(message)
  return firing + acknowledged + resolved
}

const headOf = (message: Message, { language }: Telling): string =>
  headWord(message, WORDS[language]).toLocaleUpperCase(language)

function headWord(message: Message, { state, severity }: Words): string {
  if (tellsEnds(message)) return tellsRecovery(message) ? state.resolved : state.closed
  return message.kind === 'acknowledged' ? state.acknowledged : severity[severityOf(message)]
}

/** Why it is told now; empty where the rest says it. */
export function whyText(message: Message, { language }: Telling): string {
  const { why, whyClosed } = WORDS[language]
  const isClosed = message.kind === 'resolved' && !tellsRecovery(message)
  return isClosed ? whyClosed : why(message.kind, message.step + 1)
}

/** Why it is told, the alerts, what their rule says of them. */
export function builtInText(message: Message, telling: Telling): string {
  const words = WORDS[telling.language]
  if (message.kind === 'test') return words.testText
  const told = message.alerts.slice(0, MAX_ALERTS)
  const left = countOf(message) - told.length
  const notes = [...new Set(told.flatMap(({ description }) => description.trim() || []))]
  const runbooks = [...new Set(told.flatMap(({ runbookUrl }) => runbookUrl || []))]
  return [
    whyText(message, telling),
    ...told.map((alert) => `${told.length > 1 ? '• ' : ''}${alertLine(alert, telling)}`),
    left > 0 ? words.more(left) : '',
    ...(notes.length === 1 ? notes : []),
    ...(runbooks.length === 1 ? [`${words.runbook}${words.colon} ${runbooks[0] ?? ''}`] : []),
  ]
    .filter((part) => part !== '')
    .join('\n')
}
