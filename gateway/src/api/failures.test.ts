import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected, type RejectionCode } from '@secumon/domain/rejected'
import { LogQueryRefused } from '@secumon/projections/logs/queries/log-store'
import { HTTPException } from 'hono/http-exception'
import { TooManyAttempts } from '../auth/login-limits.ts'
import { errorBody, failureOf } from './failures.ts'

const withCode = (code: string): Error => Object.assign(new Error('connect 10.0.0.5:5432'), { code })
const named = (name: string): Error => Object.assign(new Error('x'), { name })
const rejected = (code: RejectionCode): Rejected => new Rejected(code, 'in words', { retryAfterMs: 1500 })

const CASES: [what: string, error: unknown, status: number, text: string][] = [
  ['a refused command', rejected('invalid'), 400, 'in words'],
  ['a missing thing', rejected('not_found'), 404, 'in words'],
  ['a race lost too often', rejected('conflict'), 409, 'in words'],
  ['a log that is away', rejected('unavailable'), 503, 'in words'],
  ['too many attempts', new TooManyAttempts(1500), 429, 'too many attempts'],
  ['a body that is no JSON', new HTTPException(400, { message: 'inside' }), 400, 'malformed request'],
  ['an answer that takes too long', new HTTPException(504), 504, 'the answer took too long'],
  ['a database that is away', withCode('ECONNREFUSED'), 503, 'the service cannot answer now'],
  ['a database that stops', withCode('57P01'), 503, 'the service cannot answer now'],
  ['a read model not built yet', named('NoGeneration'), 503, 'the service cannot answer now'],
  ['a search that takes too long', new LogQueryRefused('slow', 'narrow'), 400, 'too much to search in time'],
  ['no regular expression', new LogQueryRefused('regex', 'why'), 400, 'invalid regular expression'],
  ['a store of logs that is away', new LogQueryRefused('away', 'x'), 503, 'the logs cannot be read now'],
  ['a fault of ours', new TypeError('x is undefined'), 500, 'internal error'],
  ['something thrown that is no error', 'text', 500, 'internal error'],
]

for (const [what, error, status, text] of CASES)
  test(`${what} is ${status} and names nothing of the inside`, () => {
    const body = errorBody(failureOf(error))
    assert.deepEqual([body.code, body.error], [status, text])
    assert.doesNotMatch(JSON.stringify(body), /inside|10\.0\.0\.5|undefined/)
  })

test('when to come back is told in whole milliseconds', () => {
  assert.equal(errorBody(failureOf(new TooManyAttempts(10.5))).retry_after_ms, 11)
  assert.equal(errorBody(failureOf(rejected('too_soon'))).retry_after_ms, 1500)
})
