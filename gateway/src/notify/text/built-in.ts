// The texts of a channel that has no templates of its own.

import { isOver, severityOf, type Message } from '../message.ts'
import { alertLine, whereOf, type Telling } from './told-alert.ts'
import { WORDS } from './words.ts'

/** Alerts that are told one by one; the others are counted. */
export const MAX_ALERTS = 20

/** One line: how bad, what, where. */
export function builtInTitle(message: Message, telling: Telling): string {
  const words = WORDS[telling.language]
  if (message.kind === 'test') return `${words.test} · SecuMon`
  const [first] = message.alerts
  const what =
    first && message.alerts.length === 1
      ? `${first.ruleName} · ${whereOf(first, telling)}`
      : [words.alerts(message.alerts.length), first?.ruleName].filter(Boolean).join(' · ')
  return `${headOf(message, telling)} · ${what}`
}

const headOf = (message: Message, { language }: Telling): string => {
  const words = WORDS[language]
  const word = isOver(message)
    ? words.state.resolved
    : message.kind === 'acknowledged'
      ? words.state.acknowledged
      : words.severity[severityOf(message)]
  return word.toLocaleUpperCase(language)
}

/** Why it is told, the alerts, what their rule says of them. */
export function builtInText(message: Message, telling: Telling): string {
  const words = WORDS[telling.language]
  if (message.kind === 'test') return words.testText
  const told = message.alerts.slice(0, MAX_ALERTS)
  const left = message.alerts.length - told.length
  const notes = [...new Set(told.flatMap(({ description }) => description.trim() || []))]
  const runbooks = [...new Set(told.flatMap(({ runbookUrl }) => runbookUrl || []))]
  return [
    words.why(message.kind, message.step + 1),
    ...told.map((alert) => `${told.length > 1 ? '• ' : ''}${alertLine(alert, telling)}`),
    left > 0 ? words.more(left) : '',
    ...(notes.length === 1 ? notes : []),
    ...(runbooks.length === 1 ? [`${words.runbook}${words.colon} ${runbooks[0] ?? ''}`] : []),
  ]
    .filter((part) => part !== '')
    .join('\n')
}
