// LogQL (https://grafana.com/docs/loki/latest/query/). What comes from outside is quoted as a string, and escaped where
// the string is a regular expression: it can never end the selector it stands in.

import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import type { LineFilter, LineValues } from '../queries/log-store.ts'

/** Selects the lines of one tenant that the filter matches. */
export function selectorOf(
  tenant: string,
  { text, words = [], regex, without = {}, ...values }: LineFilter,
): string {
  const labels = [`tenant=${quoted(tenant)}`, ...labelMatchers('=~', values), ...labelMatchers('!~', without)]
  return [
    `{${labels.join(', ')}}`,
    ...[...(text === undefined ? [] : [text]), ...words].map(
      (part) => `|~ ${quoted(`(?i)${literal(part)}`)}`,
    ),
    ...(regex === undefined ? [] : [`|~ ${quoted(regex)}`]),
    ...[...matcherOf('unit', '=~', values.units), ...matcherOf('unit', '!~', without.units)].map(
      (matcher) => `| ${matcher}`,
    ),
  ].join(' ')
}

type Operator = '=~' | '!~'

const labelMatchers = (operator: Operator, { agents, sources, severities }: LineValues): string[] => [
  ...matcherOf('agent', operator, agents),
  ...matcherOf('source', operator, sources),
  ...matcherOf(
    'severity',
    operator,
    severities?.map((number) => LOG_SEVERITIES[number] ?? ''),
  ),
]

/** Counts the selected lines of so long, by the values of a label. */
export const countsOf = (selector: string, label: string, rangeMs: number): string =>
  `sum by (${label}) (count_over_time(${selector} [${rangeMs}ms]))`

const matcherOf = (name: string, operator: Operator, values: readonly string[] | undefined): string[] =>
  values ? [`${name}${operator}${quoted(values.map(literal).join('|'))}`] : []

// Strings of LogQL are Go's: whatever JSON escapes, Go reads the same way.
const quoted = (text: string): string => JSON.stringify(text)

// RE2 takes a backslash before any ASCII punctuation.
const literal = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)
