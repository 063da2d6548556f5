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
  ['a.c', ['a.c'], ['abc']],
]
for (const [pattern, yes, no] of cases)
  test(`"${pattern}"`, () => {
    for (const name of yes) assert.ok(matchesGlob(name, pattern), name)
    for (const name of no) assert.ok(!matchesGlob(name, pattern), name)
  })

test('a hostile pattern is quick', () => {
  const start = performance.now()
  matchesGlob('a'.repeat(200), `${'*a'.repeat(100)}b`)
  assert.ok(performance.now() - start < 1_000)
})

test('the empty pattern means every name', () => {
  assert.equal(globMatcher(''), undefined)
  assert.equal(globMatcher('/var')?.('/var'), true)
})
