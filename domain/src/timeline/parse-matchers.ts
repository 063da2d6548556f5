// Labels of alerts, as a script chooses them: `agent=web-1 rule~CPU* severity!=info`.

import { create } from '@bufbuild/protobuf'
import { MATCH_OPERATOR } from '@secumon/contracts/alerting-words'
import { MatcherSchema, type Matcher } from '@secumon/contracts/gen/muting'
import { TimelineFault } from './fault.ts'
import type { Reader } from './reader.ts'
import type { Word } from './words.ts'

const MATCHER = /^(?<label>[a-z][a-z0-9_]*)(?<operator>!=|!~|=|~)(?<value>.*)$/

/** @throws TimelineFault where there is none */
export function parseMatchers(words: Reader): Matcher[] {
  const matchers = words.takeWhile(({ text, quoted }) => !quoted && MATCHER.test(text)).map(matcherOf)
  if (matchers.length > 0) return matchers
  const word = words.take('a label')
  throw new TimelineFault('say which alerts: agent=web-1 or rule~CPU*', word)
}

function matcherOf({ text }: Word): Matcher {
  const { label = '', operator: said, value = '' } = MATCHER.exec(text)?.groups ?? {}
  const operator = MATCH_OPERATOR.all.find((each) => each === said) ?? '='
  return create(MatcherSchema, { label, operator: MATCH_OPERATOR.value(operator), value })
}

/** The same for the same labels. */
export const matchersText = (matchers: readonly Matcher[]): string =>
  matchers
    .map(({ label, operator, value }) => `${label}${MATCH_OPERATOR.word(operator)}${value}`)
    .toSorted()
    .join(' ')
