import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lines, text } from './text.ts'

test('a line takes no control character', () => {
  for (const bad of ['a\nb', 'a\tb', 'a\u0000b', '\ud800']) assert.ok(!text(9).safeParse(bad).success)
  assert.equal(text(9).parse('é 你 🙂'), 'é 你 🙂')
})

test('a text of several lines takes line breaks and tabs, and no other control character', () => {
  assert.equal(lines(9).parse('a\r\nb\n\tc'), 'a\nb\n\tc')
  for (const bad of ['a\rb', 'a\u0000b', 'a\u001b[2J', '\ud800', '0123456789'])
    assert.ok(!lines(9).safeParse(bad).success)
})
