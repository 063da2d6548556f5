import { create } from '@bufbuild/protobuf'
import { MatcherSchema, MatchOperator, type Matcher } from '@secumon/contracts/gen/muting'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMatchers, matchesAll } from './matchers.ts'

const { EQUAL, NOT_EQUAL, GLOB, NOT_GLOB } = MatchOperator
const matcher = (label: string, operator: MatchOperator, value: string): Matcher =>
  create(MatcherSchema, { label, operator, value })

const labels = { agent: 'web-1', severity: 'critical', mount: '/var' }
const cases: [string, Matcher[], boolean][] = [
  ['no matcher means every alert', [], true],
  ['equal', [matcher('agent', EQUAL, 'web-1')], true],
  ['equal to something else', [matcher('agent', EQUAL, 'web')], false],
  ['not equal', [matcher('agent', NOT_EQUAL, 'web-2')], true],
  ['a pattern', [matcher('agent', GLOB, 'web-*')], true],
  ['a pattern of another', [matcher('agent', GLOB, 'db-?')], false],
  ['not a pattern', [matcher('agent', NOT_GLOB, 'web-*')], false],
  ['all have to match', [matcher('agent', EQUAL, 'web-1'), matcher('mount', EQUAL, '/')], false],
  ['a label that is not there is empty', [matcher('team', EQUAL, '')], true],
  ['and different from anything else', [matcher('team', NOT_EQUAL, 'a')], true],
  ['what every object has is no label', [matcher('constructor', EQUAL, '')], true],
  [
    'what this version does not know matches nothing',
    [matcher('agent', MatchOperator.UNSPECIFIED, 'web-1')],
    false,
  ],
]
for (const [name, matchers, expected] of cases)
  test(name, () => assert.equal(matchesAll(matchers, labels), expected))

test('a matcher that cannot work is refused with the reason', () => {
  assert.throws(() => checkMatchers([matcher('', EQUAL, 'a')]), /names a label/)
  assert.throws(() => checkMatchers([matcher('a', MatchOperator.UNSPECIFIED, 'a')]), /compares with/)
  assert.throws(() => checkMatchers([matcher('a', EQUAL, 'x'.repeat(501))]), /at most 500/)
  assert.throws(() => checkMatchers([matcher('a', GLOB, '*?'.repeat(11))]), /at most 20 of \* and \?/)
  assert.doesNotThrow(() => checkMatchers([matcher('a', EQUAL, '*?'.repeat(11))]))
  assert.throws(() => checkMatchers(Array.from({ length: 21 }, () => matcher('a', EQUAL, 'b'))), /at most 20/)
})
