// What is taken out of lines, and what patterns may not be given.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadPattern, linearPattern } from './linear-pattern.ts'
import { BUILT_IN, builtIn, isBuiltIn, redacted } from './redaction.ts'

const ALL = Object.keys(BUILT_IN).filter(isBuiltIn).map(builtIn)

const CASES: readonly [given: string, kept: string][] = [
  ['Authorization: Bearer eyJhbGciOi.J9-x_y', 'Authorization: Bearer [redacted]'],
  ['authorization: basic dXNlcjpwYXNz==', 'authorization: basic [redacted]'],
  ['login password=hunter2 ok', 'login password=[redacted] ok'],
  ['{"password":"a b","user":"x"}', '{"password":[redacted],"user":"x"}'],
  ["PASSWD: 's e c'", 'PASSWD: [redacted]'],
  [String.raw`{"password":"ab\"cdSECRET","user":"x"}`, '{"password":[redacted],"user":"x"}'],
  [String.raw`{"password":"ends\\","user":"x"}`, '{"password":[redacted],"user":"x"}'],
  [String.raw`"{\"password\":\"a b\",\"user\":1}"`, String.raw`"{\"password\":[redacted],\"user\":1}"`],
  ['password="cut off SECRET', 'password=[redacted]'],
  ["password='cut off SECRET", 'password=[redacted]'],
  [String.raw`{\"token\":\"cut off`, String.raw`{\"token\":[redacted]`],
  ['postgres://app:s3cret@db:5432/x', 'postgres://app:[redacted]@db:5432/x'],
  ['redis://:s3cret@cache and https://a:8443/b@c', 'redis://:[redacted]@cache and https://a:8443/b@c'],
  [
    'db_password = x; api_key=abc, client_secret: z',
    'db_password = [redacted]; api_key=[redacted], client_secret: [redacted]',
  ],
  ['paid with 4111 1111 1111 1111 today', 'paid with [redacted] today'],
  ['card 4111111111111111.', 'card [redacted].'],
  ['a password was changed at 10:00', 'a password was changed at 10:00'],
  ['order 12345678 of 2026-11-22', 'order 12345678 of 2026-11-22'],
]

for (const [given, kept] of CASES) test(given, () => assert.equal(redacted(given, ALL), kept))

for (const pattern of ['(?=a)b', '(a)\\1', '(', '', 'a*', 'x'.repeat(1_001)])
  test(`no pattern to run every line through: ${pattern.slice(0, 20) || 'an empty one'}`, () => {
    assert.throws(() => linearPattern(pattern), BadPattern)
  })

test('no line makes a pattern run for long', () => {
  const hostile = [
    ['(a+)+$', 'a'],
    ['(a|a)*c', 'a'],
    ['a*a*a*b', 'a'],
    ['pw.*x', 'pw '],
    ['(x+x+)+y', 'x'],
  ] as const
  const startedMs = performance.now()
  for (const [source, part] of hostile)
    for (const length of [60, 4_000, 60_000])
      linearPattern(source).replace(`${part.repeat(length / part.length)}!`, '-')
  // Minutes or years where a pattern goes back and forth.
  assert.ok(performance.now() - startedMs < 10_000)
})
