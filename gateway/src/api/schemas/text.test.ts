import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lines, storable, text } from './text.ts'

test('a line takes no control character', () => {
  for (const bad of ['a\nb', 'a\tb', 'a\u0000b', '\ud800']) assert.ok(!text(9).safeParse(bad).success)
  assert.equal(text(9).parse('é 你 🙂'), 'é 你 🙂')
})

test('a text of several lines takes line breaks and tabs, and no other control character', () => {
  assert.equal(lines(9).parse('a\r\nb\n\tc'), 'a\nb\n\tc')
  for (const bad of ['a\rb', 'a\u0000b', 'a\u001b[2J', '\ud800', '0123456789'])
    assert.ok(!lines(9).safeParse(bad).success)
})

test('what a program calls its series is taken as it can be stored', () => {
  for (const said of ['', 'p="a\tb"', 'a\r\u001b\u007f', '🙂']) assert.equal(storable(9).parse(said), said)
  for (const bad of ['a\u0000b', '\ud800', '0123456789']) assert.ok(!storable(9).safeParse(bad).success)
})
