import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redacted } from './redact.ts'
import { retryAfterMs, retrySecondsMs } from './retry-after.ts'

const CASES: readonly [what: string, text: string, secrets: string[], shown: string][] = [
  ['a secret as it is', 'token abcdef123 is bad', ['abcdef123'], 'token ••• is bad'],
  ['a secret in base64', `not ${Buffer.from('abcdef123').toString('base64')}`, ['abcdef123'], 'not •••'],
  [
    'a part of an address',
    'no hook T0/B0/xyzxyzxyz',
    ['https://h.example/services/T0/B0/xyzxyzxyz'],
    'no hook T0/B0/•••',
  ],
  ['a value of its query', 'sig=a1b2c3d4 expired', ['https://h.example/x?sig=a1b2c3d4'], 'sig=••• expired'],
  ['the value of a header', 'Bearer s3cr3t-s3cr3t', ['Authorization: Bearer s3cr3t-s3cr3t\nX-A: b'], '•••'],
  [
    'the path of any address',
    'cannot get https://u:p@h.example:8443/a/b?c=d now',
    [],
    'cannot get https://h.example:8443 now',
  ],
  ['line breaks and control characters', 'a\r\nb\u0000\u202ec', [], 'a b c'],
  ['more than a line', 'x'.repeat(400), [], `${'x'.repeat(299)}…`],
]
for (const [what, text, secrets, shown] of CASES)
  test(`${what} is not told`, () => assert.equal(redacted(text, secrets), shown))

const NOW = Date.UTC(2026, 0, 1)
const AFTER: readonly [value: string | undefined, ms: number | undefined][] = [
  ['30', 30_000],
  ['0.65', 650],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['999999999', 86_400_000],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [undefined, undefined],
]
for (const [value, ms] of AFTER)
  test(`Retry-After: ${value} is ${ms} ms`, () => assert.equal(retryAfterMs(value, NOW), ms))

test('seconds in JSON are a number or nothing', () => {
  assert.equal(retrySecondsMs(1.2001), 1_201)
  assert.equal(retrySecondsMs('5'), undefined)
})
