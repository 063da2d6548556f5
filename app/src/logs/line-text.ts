// A log line as people read it on a terminal: what would command the terminal is shown, not obeyed.

import type { LogLine } from '@secumon/projections/logs/queries/log-line'

/** One line, and one more, indented, for each that the message goes on with. */
export function lineText({ time, agent, source, unit, severity, message, dropped }: LogLine): string {
  const from = unit === null || unit === source ? source : `${source}/${unit}`
  const mark = dropped ? '! ' : ''
  const [first = '', ...more] = message.split('\n').map(shown)
  const head = `${new Date(time).toISOString()} ${agent} ${shown(from)} ${severity}: ${mark}${first}`
  return [head, ...more.map((line) => `    ${line}`)].join('\n')
}

// All but the tab.
const shown = (text: string): string =>
  text.replaceAll(/(?!\t)[\p{Cc}\p{Bidi_Control}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
