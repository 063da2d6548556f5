// Which alerts are meant, as a form and as words.

import type { MatchOperator, Matcher } from '../lib/alerting-types.ts'

export const OPERATORS: readonly MatchOperator[] = ['=', '!=', '~', '!~']
/** Labels that every alert may have; rules add their own. */
export const COMMON_LABELS = [
  'severity',
  'rule',
  'agent',
  'metric',
  'tags',
  'mount',
  'device',
  'interface',
  'sensor',
] as const

export const matcherText = ({ label, operator, value }: Matcher): string => `${label} ${operator} ${value}`

/** Whether one of them is half filled in: saved like that it would mean what nobody meant. */
export const isIncomplete = (matchers: readonly Matcher[]): boolean =>
  filledMatchers(matchers).some(({ operator, value }) => value === '' && operator !== '!=') ||
  matchers.some(({ label, value }) => label.trim() === '' && value.trim() !== '')

/** Those that name a label, trimmed. */
export const filledMatchers = (matchers: readonly Matcher[]): Matcher[] =>
  matchers
    .map((matcher) => ({ ...matcher, label: matcher.label.trim(), value: matcher.value.trim() }))
    .filter(({ label }) => label !== '')
