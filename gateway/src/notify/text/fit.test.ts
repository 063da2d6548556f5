import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeDiscord, escapeHtml, escapeSlack } from './escape.ts'
import { fitted, fittedLine, jsonBytesOf } from './fit.ts'

const ESCAPES = [String, escapeHtml, escapeSlack, escapeDiscord]
const SIZES = [(text: string) => text.length, jsonBytesOf]

test('whatever the text, it fits, and is whole where it can be', () =>
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.integer({ min: 60, max: 300 }),
      fc.constantFrom(...ESCAPES),
      fc.constantFrom(...SIZES),
      (text, size, escape, sizeOf) => {
        const room = { size, language: 'en', escape, sizeOf } as const
        const shown = fitted(text, room)
        assert.ok(sizeOf(shown) <= size)
        if (sizeOf(escape(text)) <= size) assert.equal(shown, escape(text))
        assert.ok(sizeOf(fittedLine(text, room)) <= size)
        assert.ok(shown.isWellFormed() && fittedLine(text, room).isWellFormed())
      },
    ),
  ))

test('a text is cut where a line ends, and what is missing is counted', () => {
  const text = ['first line', 'second line', 'third line that is much longer than the others'].join('\n')
  assert.equal(fitted(text, { size: 50, language: 'en' }), 'first line\nsecond line\n… (47 more characters)')
  assert.equal(
    fitted(text, { size: 52, language: 'fr' }),
    'first line\nsecond line\n… (47 caractères de plus)',
  )
})

const LINES: readonly [text: string, escaped: string][] = [
  ['# no heading', '\\# no heading'],
  ['- no list\n1. nor this', '\\- no list\n\\1. nor this'],
  ['a-b #c', 'a-b #c'],
  ['<@123> @everyone', '\\<@123\\> @everyone'],
  ['see https://x.example/a_b*c now_', 'see https://x.example/a_b*c now\\_'],
]
for (const [text, escaped] of LINES)
  test(`Discord shows ${JSON.stringify(text)}`, () => assert.equal(escapeDiscord(text), escaped))
