// LogQL (https://grafana.com/docs/loki/latest/query/). What comes from outside is quoted as a string, and escaped where
// the string is a regular expression: it can never end the selector it stands in.

import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import type { LineFilter } from '../queries/log-store.ts'

/** Selects the lines of one tenant that the filter matches. */
export function selectorOf(tenant: string, filter: LineFilter): string {
  const { agents, sources, units, severities, text, regex } = filter
  const labels = [
    `tenant=${quoted(tenant)}`,
    ...oneOf('agent', agents),
    ...oneOf('source', sources),
    ...oneOf(
      'severity',
      severities?.map((number) => LOG_SEVERITIES[number] ?? ''),
    ),
  ]
  return [
    `{${labels.join(', ')}}`,
    ...(text === undefined ? [] : [`|~ ${quoted(`(?i)${literal(text)}`)}`]),
    ...(regex === undefined ? [] : [`|~ ${quoted(regex)}`]),
    ...oneOf('unit', units).map((matcher) => `| ${matcher}`),
  ].join(' ')
}

/** Counts the selected lines of so long, by the values of a label. */
export const countsOf = (selector: string, label: string, rangeMs: number): string =>
  `sum by (${label}) (count_over_time(${selector} [${rangeMs}ms]))`

const oneOf = (name: string, values: readonly string[] | undefined): string[] =>
  values ? [`${name}=~${quoted(values.map(literal).join('|'))}`] : []

// Strings of LogQL are Go's: whatever JSON escapes, Go reads the same way.
const quoted = (text: string): string => JSON.stringify(text)

// RE2 takes a backslash before any ASCII punctuation.
const literal = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)
