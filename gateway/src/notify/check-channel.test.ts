import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelKinds, checkChannel, checkDestination, checkSecrets } from './check-channel.ts'
import { preview } from './open-sender.ts'
import type { Values } from './notifier.ts'
import { EXAMPLE } from './text/example-message.ts'

const SECRETS: readonly [what: string, kind: string, secrets: Values, fault: RegExp | undefined][] = [
  ['a webhook', 'webhook', { url: 'http://hooks.example/x' }, undefined],
  [
    'a webhook with all',
    'webhook',
    { url: 'https://h.example', signing_key: `whsec_${'A'.repeat(32)}`, headers: 'X-A: b\nX-C: d' },
    undefined,
  ],
  ['nothing', 'webhook', {}, /^url: is required$/],
  ['another scheme', 'webhook', { url: 'ftp://h.example' }, /^url: must be an address/],
  ['a user in the address', 'webhook', { url: 'https://u:p@h.example' }, /must not hold a user name/],
  [
    'a header that every request has',
    'webhook',
    { url: 'https://h.example', headers: 'Webhook-Id: 1' },
    /must not replace/,
  ],
  [
    'a header in two lines',
    'webhook',
    { url: 'https://h.example', headers: 'X-A: b\n c' },
    /lines like Name: value/,
  ],
  [
    'a weak key',
    'webhook',
    { url: 'https://h.example', signing_key: 'short' },
    /^signing_key: must be whsec_/,
  ],
  ['Slack in clear', 'slack', { url: 'http://hooks.slack.com/services/x' }, /starts with https/],
  [
    'a field of nobody',
    'slack',
    { url: 'https://hooks.slack.com/x', topic: 'x' },
    /^topic: there is no such field$/,
  ],
  ['a bot', 'telegram', { bot_token: `123456:${'a'.repeat(35)}` }, undefined],
  ['no bot', 'telegram', { bot_token: 'mytoken-secret' }, /^bot_token: must be like/],
  ['a routing key that is too short', 'pagerduty', { routing_key: 'abc' }, /32 letters/],
  ['no password', 'email', {}, undefined],
]
for (const [what, kind, secrets, fault] of SECRETS)
  test(`secrets: ${what}`, () => {
    if (!fault) return checkSecrets(kind, secrets)
    assert.throws(
      () => checkSecrets(kind, secrets),
      (error: Error) =>
        fault.test(error.message) && Object.values(secrets).every((value) => !error.message.includes(value)),
    )
  })

const mail = { host: 'mail.example', from: 'a@x.example', to: 'b@y.example' }
const SETTINGS: readonly [what: string, kind: string, settings: Values, fault: RegExp | undefined][] = [
  ['mail', 'email', mail, undefined],
  ['mail to several', 'email', { ...mail, to: 'b@y.example,\nc@z.example' }, undefined],
  ['a second header in an address', 'email', { ...mail, from: 'a@x.example\r\nBcc: c@z.example' }, /^from: /],
  ['nobody', 'email', { ...mail, to: ',' }, /^to: must be 1 – 50 addresses/],
  ['a port that is none', 'email', { ...mail, port: '70000' }, /port number/],
  ['encryption of its own kind', 'email', { ...mail, security: 'ssl' }, /^security: /],
  ['a chat', 'telegram', { chat_id: '@night_watch' }, undefined],
  ['a chat that is none', 'telegram', { chat_id: 'night watch' }, /^chat_id: /],
]
for (const [what, kind, settings, fault] of SETTINGS)
  test(`settings: ${what}`, () => {
    const check = () => checkChannel({ kind, settings, titleTemplate: '', textTemplate: '' })
    if (fault) assert.throws(check, (error: Error) => fault.test(error.message))
    else check()
  })

test('a template that cannot be rendered is refused by name', () =>
  assert.throws(
    () => checkChannel({ kind: 'slack', settings: {}, titleTemplate: '', textTemplate: '{{host}}' }),
    /^Rejected: text_template: there is no \{\{host\}\}/,
  ))

test('a form can be made of each kind', () => {
  const kind = channelKinds().find((one) => one.kind === 'email')
  const [host, security] = kind?.settings ?? []
  assert.deepEqual([host?.name, host?.required, host?.lines], ['host', true, false])
  assert.deepEqual(security?.choices, ['starttls', 'tls', 'none'])
  assert.deepEqual([security?.required, security?.default], [false, 'starttls'])
  assert.deepEqual(
    channelKinds()
      .find((one) => one.kind === 'webhook')
      ?.secrets.map(({ name, required, lines }) => [name, required, lines]),
    [
      ['url', true, false],
      ['signing_key', false, false],
      ['headers', false, true],
    ],
  )
})

test('a preview of each kind shows what would be told, and asks for no secret', () => {
  const settings: Readonly<Record<string, Values>> = { email: mail, telegram: { chat_id: '1' } }
  for (const { kind } of channelKinds()) {
    const channel = {
      kind,
      settings: { ...settings[kind] },
      language: 'fr',
      timeZone: '',
      titleTemplate: '',
      textTemplate: '',
    }
    const shown = preview(EXAMPLE, channel)
    assert.equal(shown.title, 'CRITIQUE · Disk almost full · web-1 (/var)')
    assert.ok(
      JSON.stringify(shown.content).includes(kind === 'pagerduty' ? 'dedup_key' : 'Disk almost full'),
      kind,
    )
  }
})

const TELEGRAM = { kind: 'telegram', held: { settings: { chat_id: '4' }, secrets: { bot_token: 'T' } } }
const HOOK = {
  kind: 'webhook',
  held: { settings: {}, secrets: { url: 'https://a.example', signing_key: 'K', headers: 'X-Token: t' } },
}
const MAIL = { kind: 'email', held: { settings: { host: 'mail.example' }, secrets: { password: 'P' } } }
const MOVES: readonly [
  what: string,
  channel: typeof TELEGRAM | typeof HOOK | typeof MAIL,
  change: { readonly settings?: Values; readonly given?: Values },
  fault: RegExp | undefined,
][] = [
  ['another chat', TELEGRAM, { settings: { chat_id: '5' } }, undefined],
  [
    'the same server, in words',
    TELEGRAM,
    { settings: { chat_id: '4', api_url: 'https://api.telegram.org' } },
    undefined,
  ],
  [
    'another server',
    TELEGRAM,
    { settings: { chat_id: '4', api_url: 'https://evil.example' } },
    /^bot_token: must be given again: api_url changed/,
  ],
  [
    'another server, with the token',
    TELEGRAM,
    { settings: { chat_id: '4', api_url: 'https://own.example' }, given: { bot_token: 'T' } },
    undefined,
  ],
  ['an address given anew as it was', HOOK, { given: { url: 'https://a.example' } }, undefined],
  [
    'another address',
    HOOK,
    { given: { url: 'https://b.example', headers: '' } },
    /^signing_key: must be given again: url changed, which says where it goes$/,
  ],
  ['mail in clear', MAIL, { settings: { host: 'mail.example', security: 'none' } }, /^password: .*security/],
  ['another port', MAIL, { settings: { host: 'mail.example', port: '2525' } }, /^password: .*port/],
]
for (const [what, { kind, held }, { settings = held.settings, given = {} }, fault] of MOVES)
  test(`secrets stay where they were meant for: ${what}`, () => {
    const change = () => checkDestination({ kind, settings, given }, held)
    if (fault) assert.throws(change, { message: fault })
    else assert.doesNotThrow(change)
  })

test('each kind says where it goes by fields that it has', () => {
  for (const { kind, settings, secrets, destination } of channelKinds()) {
    const names = [...settings, ...secrets].map(({ name }) => name)
    assert.ok(destination.length > 0 && destination.every((name) => names.includes(name)), kind)
  }
})
