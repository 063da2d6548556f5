// Which alerts are meant: matchers over labels, all of which have to match. A label that an alert does not have is empty.

import { MATCH_OPERATOR } from '@secumon/contracts/alerting-words'
import { MatchOperator, type Matcher } from '@secumon/contracts/gen/muting'
import { matchesGlob } from '../glob.ts'
import { Rejected } from '../rejected.ts'

export const MAX_MATCHERS = 20
const MAX_LABEL_LENGTH = 100
const MAX_VALUE_LENGTH = 500
const MAX_WILDCARDS = 20

export type Labels = Readonly<Record<string, string>>

/** Empty where there is none of that name, whatever an object is born with. */
export const labelOf = (labels: Labels, label: string): string =>
  Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''

/** True when all matchers match; without any, every alert is meant. */
export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((matcher) => matches(matcher, labels))

function matches({ label, operator, value }: Matcher, labels: Labels): boolean {
  const held = labelOf(labels, label)
  switch (operator) {
    case MatchOperator.EQUAL:
      return held === value
    case MatchOperator.NOT_EQUAL:
      return held !== value
    case MatchOperator.GLOB:
      return matchesGlob(held, value)
    case MatchOperator.NOT_GLOB:
      return !matchesGlob(held, value)
    default:
      return false
  }
}

/** @throws Rejected `invalid` with the reason when a matcher cannot work */
export function checkMatchers(matchers: readonly Matcher[]): void {
  if (matchers.length > MAX_MATCHERS) throw new Rejected('invalid', `at most ${MAX_MATCHERS} matchers`)
  for (const { label, operator, value } of matchers) {
    if (label === '' || label.length > MAX_LABEL_LENGTH)
      throw new Rejected('invalid', `a matcher names a label of 1 to ${MAX_LABEL_LENGTH} characters`)
    if (value.length > MAX_VALUE_LENGTH)
      throw new Rejected('invalid', `a matcher’s value has at most ${MAX_VALUE_LENGTH} characters`)
    if (isPattern(operator) && wildcards(value) > MAX_WILDCARDS)
      throw new Rejected('invalid', `a pattern has at most ${MAX_WILDCARDS} of * and ?`)
    if (!MATCH_OPERATOR.word(operator))
      throw new Rejected('invalid', 'a matcher compares with =, !=, ~ or !~')
  }
}

const isPattern = (operator: MatchOperator): boolean =>
  operator === MatchOperator.GLOB || operator === MatchOperator.NOT_GLOB

const wildcards = (pattern: string): number => pattern.replace(/[^*?]/g, '').length
