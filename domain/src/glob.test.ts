import assert from 'node:assert/strict'
import { test } from 'node:test'
import { globMatcher, matchesGlob } from './glob.ts'

const cases: [pattern: string, yes: string[], no: string[]][] = [
  ['/var', ['/var'], ['/var/log', '']],
  ['/var*', ['/var', '/var/log'], ['/', '/home/var']],
  ['*log*', ['log', '/var/log/x'], ['/var/lo']],
  ['sd?', ['sda', 'sdb'], ['sd', 'sda1']],
  ['a*b*c', ['abc', 'a-b-b-c', 'abbcc'], ['ab', 'acb']],
  ['*', ['', 'x'], []],
  ['', [''], ['x']],
  ['a*?b', ['axb', 'aaab'], ['ab', 'aba']],
  ['*?', ['a', 'ab'], ['']],
  ['a*ab', ['aab', 'a-ab'], ['ab']],
  ['a.c', ['a.c'], ['abc']],
]
for (const [pattern, yes, no] of cases)
  test(`"${pattern}"`, () => {
    for (const name of yes) assert.ok(matchesGlob(name, pattern), name)
    for (const name of no) assert.ok(!matchesGlob(name, pattern), name)
  })

test('no pattern of 500 characters makes much work', () => {
  const name = 'a'.repeat(200)
  const hostile = [`${'*a'.repeat(249)}b`, `*${'a'.repeat(99)}b*`, `*${'a?'.repeat(49)}b*`, '*?'.repeat(250)]
  const start = performance.now()
  for (let i = 0; i < 100; i++) for (const pattern of hostile) matchesGlob(name, pattern)
  assert.ok(performance.now() - start < 2_000)
})

test('the empty pattern means every name', () => {
  assert.equal(globMatcher(''), undefined)
  assert.equal(globMatcher('/var')?.('/var'), true)
})
