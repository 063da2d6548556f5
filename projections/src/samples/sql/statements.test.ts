import assert from 'node:assert/strict'
import { test } from 'node:test'
import { committedTexts, textsOf } from '../../testing/committed-sql.ts'
import { STATEMENTS } from './statements.ts'

test('the committed statements are what the database gets', () =>
  assert.deepEqual(
    committedTexts(import.meta.dirname),
    textsOf(STATEMENTS),
    'where it is meant: node tools/sql.ts',
  ))
