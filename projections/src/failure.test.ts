import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { CheckpointMoved, isInfrastructure, SinkUnavailable } from './failure.ts'

function sqlState(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('it failed', 1, 'error')
  error.code = code
  return error
}

const CASES: readonly (readonly [string, unknown, boolean])[] = [
  ['connection failure', sqlState('08006'), true],
  ['deadlock', sqlState('40P01'), true],
  ['disk full', sqlState('53100'), true],
  ['out of memory', sqlState('53200'), true],
  ['too many connections', sqlState('53300'), true],
  ['statement timeout', sqlState('57014'), true],
  ['shutdown', sqlState('57P01'), true],
  ['a missing table', sqlState('42P01'), true],
  ['missing privileges', sqlState('42501'), true],
  ['read-only standby', sqlState('25006'), true],
  ['division by zero', sqlState('22012'), false],
  ['NUL in a text', sqlState('22021'), false],
  ['a constraint', sqlState('23505'), false],
  ['a row that is too large', sqlState('54000'), false],
  [
    'refused connection',
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    true,
  ],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), true],
  ['the driver’s own time limit', new Error('Query read timeout'), true],
  ['wrapped infrastructure', new Error('writing failed', { cause: sqlState('53100') }), true],
  ['a sink that is away', new SinkUnavailable('redis'), true],
  ['another instance', new CheckpointMoved('moved'), true],
  ['a mistake in a projector', new TypeError('undefined is not a function'), false],
  ['an assertion of a projector', new Error('impossible'), false],
  ['something thrown that is no error', 'text', false],
]

for (const [sentence, error, expected] of CASES)
  test(`${sentence}: ${expected ? 'tried again' : 'the message is at fault'}`, () => {
    assert.equal(isInfrastructure(error), expected)
  })
