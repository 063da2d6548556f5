import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasTrigrams } from './line-filter-trigrams.ts'

test('texts and words with three letters or digits in a row can be found by an index', () => {
  assert.deepEqual(
    ['out', '404', 'a-b-c-d', '10.0', '', 'ошибка'].map((text) => hasTrigrams({ text }, 'ascii')),
    [true, true, false, false, false, false],
  )
  assert.ok(hasTrigrams({ text: 'ошибка' }, 'unicode'))
  assert.ok(hasTrigrams({ words: ['x', 'timeout'] }, 'ascii'))
  assert.ok(!hasTrigrams({ words: ['ab', 'cd'] }, 'ascii'))
})

const FOUND = ['time.?out', '(?i)ERR(or)?', '^GET', '(GET|PUT) /x', '(a|b)timeout', '\\mtime\\M', 'zebra[a-f]inch', '(abc){2}', '((?:abc)|(x|y)def)+?z'] // prettier-ignore
const READ = ['', '.', 'ut$', '\\d{100}', '[abc]', '[[:alpha:]abc]', 'abc|.*', 'abc|\\d', 'abc?', '(abc)?', '(abc)*?', '(abc){0,3}', 'abc*d', '(x|out){2}', '(?!abc)x', '(', 'x{100}'] // prettier-ignore

test('so can expressions that nothing matches which is without', () => {
  assert.deepEqual(
    FOUND.filter((regex) => !hasTrigrams({ regex }, 'ascii')),
    [],
  )
  assert.deepEqual(
    READ.filter((regex) => hasTrigrams({ regex }, 'ascii')),
    [],
  )
})
