import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelKinds } from '../check-channel.ts'
import { preview } from '../open-sender.ts'
import { exampleWith } from './example-message.ts'
import { legible, legibleLine } from './legible.ts'

const TEXTS: readonly [what: string, text: string, shown: string][] = [
  ['words', 'Disque plein · 磁盘 é', 'Disque plein · 磁盘 é'],
  ['a turned direction', 'web-1\u202Egnp.exe\u202C', 'web-1gnp.exe'],
  ['isolates and marks of direction', '\u2066a\u2069\u200Eb\u200F\u061C', 'ab'],
  ['what has no width', 'web\u200B-\u00AD1\u2060\uFEFF', 'web-1'],
  ['control characters', 'a\u0000\u0007b\u001B[31m\u009B', 'ab[31m'],
  ['lines and tabulators', 'a\r\nb\u2028c\td', 'a\nb\nc\td'],
  ['half a pair', 'a\uD83D', 'a\uFFFD'],
  ['a joiner within a word', 'می\u200Cخواهم क्\u200Dष', 'می\u200Cخواهم क्\u200Dष'],
  ['a joiner within an emoji', '👩🏽\u200D🚒 ❤\uFE0F\u200D🔥', '👩🏽\u200D🚒 ❤\uFE0F\u200D🔥'],
  ['a joiner of nothing', '\u200Dweb\u200C-1\u200D', 'web-1'],
]
for (const [what, text, shown] of TEXTS) test(what, () => assert.equal(legible(text), shown))

test('a name is one line, and never disappears', () => {
  assert.equal(legibleLine(' a\n RESOLVED\u2029b '), 'a RESOLVED b')
  assert.deepEqual(['', '\u202E', ' \u200B'].map(legibleLine), ['', '\uFFFD', '\uFFFD'])
})

test('no channel is told anything that cannot be seen', () => {
  const bad = 'x\u202Ey\u0007\u200B'
  const alert = { ruleName: bad, agentName: bad, dimension: bad, description: bad, labels: { team: bad } }
  const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    email: { host: 'mail.example', from: 'a@x.example', to: 'b@y.example' },
    telegram: { chat_id: '1' },
  }
  const template = '{{#alerts}}{{rule}}\u202E{{labels.team}}{{/alerts}}'
  for (const { kind } of channelKinds())
    for (const textTemplate of ['', template]) {
      const channel = { kind, settings: settings[kind] ?? {}, language: 'en', timeZone: '' }
      const shown = preview(exampleWith(alert), { ...channel, titleTemplate: template, textTemplate })
      assert.doesNotMatch(JSON.stringify(shown), /[\u202E\u200B]|\\u0007/, kind)
    }
})
