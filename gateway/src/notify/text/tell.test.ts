import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, MessageAlert } from '../message.ts'
import { EXAMPLE, exampleWith } from './example-message.ts'
import { tell } from './tell.ts'

const plain = { language: 'en', timeZone: '', titleTemplate: '', textTemplate: '' }
const told = (message: Message, language = 'en') => tell(message, { ...plain, language })

const [ALERT] = EXAMPLE.alerts
assert.ok(ALERT)
const over: Partial<MessageAlert> = { state: 'resolved', resolvedAtMs: EXAMPLE.atMs }
const several = (count: number): Message => ({
  ...EXAMPLE,
  alerts: Array.from({ length: count }, (_, i) => ({ ...ALERT, agentName: `web-${i}` })),
})

const TITLES: readonly [what: string, message: Message, en: string, fr: string][] = [
  [
    'a first one',
    EXAMPLE,
    'CRITICAL · Disk almost full · web-1 (/var)',
    'CRITIQUE · Disk almost full · web-1 (/var)',
  ],
  [
    'several',
    several(3),
    'CRITICAL · 3 alerts · Disk almost full',
    'CRITIQUE · 3 alertes · Disk almost full',
  ],
  [
    'an end',
    { ...exampleWith(over), kind: 'resolved' },
    'RESOLVED · Disk almost full · web-1 (/var)',
    'RÉSOLUE · Disk almost full · web-1 (/var)',
  ],
  [
    'somebody cares',
    { ...EXAMPLE, kind: 'acknowledged' },
    'ACKNOWLEDGED · Disk almost full · web-1 (/var)',
    'PRISE EN CHARGE · Disk almost full · web-1 (/var)',
  ],
  ['a test', { ...EXAMPLE, kind: 'test', alerts: [] }, 'Test · SecuMon', 'Test · SecuMon'],
  [
    'the platform',
    exampleWith({ agentName: '', dimension: '', severity: 'warning' }),
    'WARNING · Disk almost full · the platform',
    'AVERTISSEMENT · Disk almost full · la plateforme',
  ],
]
for (const [what, message, en, fr] of TITLES)
  test(`the title of ${what}`, () => {
    assert.equal(told(message).title, en)
    assert.equal(told(message, 'fr').title, fr)
  })

test('each kind of round says why it comes', () => {
  const first = (kind: Message['kind'], step = 0) => told({ ...EXAMPLE, kind, step }).text.split('\n')[0]
  assert.equal(first('escalated', 1), 'Nobody has acknowledged it: escalation step 2.')
  assert.equal(first('repeated'), 'Still firing, and nobody has acknowledged it.')
  assert.equal(first('changed'), 'The incident has changed.')
  assert.equal(first('acknowledged'), 'Somebody takes care of it.')
  assert.equal(first('resolved'), 'It is over.')
  assert.equal(first('summary'), 'What happened while nothing could be told:')
  assert.match(first('test') ?? '', /^This is a test/)
  assert.match(first('first') ?? '', /^Critical · /)
})

test('what is over says when, and how long it took', () =>
  assert.equal(
    told({ ...exampleWith({ ...over, value: 71 }), kind: 'resolved' }).text.split('\n')[1],
    'Critical · Disk almost full · web-1 (/var): 71 % (threshold 90 %), ' +
      'resolved until 15 Jan 2026, 03:14:05 UTC (5 min)',
  ))

test('silence, an absent host and a simulated one are told as such', () => {
  assert.match(told(exampleWith({ noData: true })).text, /: no data, firing/)
  assert.match(told(exampleWith({ metric: 'offline', dimension: '' })).text, /web-1: offline, firing/)
  assert.match(told(exampleWith({ simulated: true })).text, /\[simulated\]/)
})

test('twenty alerts are told, the others counted', () => {
  const lines = told(several(25)).text.split('\n')
  assert.equal(lines.filter((line) => line.startsWith('• ')).length, 20)
  assert.ok(lines.includes('… and 5 more'))
})

test('the runbook is told', () =>
  assert.match(
    told(exampleWith({ runbookUrl: 'https://wiki.example/disk' }), 'fr').text,
    /\nProcédure\u00a0: https:\/\/wiki\.example\/disk$/,
  ))

test('times are told in the zone of the channel', () =>
  assert.match(
    tell(EXAMPLE, { ...plain, timeZone: 'Europe/Paris' }).text,
    /15 Jan 2026, 04:\d\d:\d\d (CET|UTC\+1|GMT\+1)/,
  ))

test('templates take the place of the texts; what they leave empty is ours', () => {
  const channel = {
    ...plain,
    titleTemplate: '{{severity_text}}\n{{tenant}}',
    textTemplate: '{{! nothing }} ',
  }
  const { title, text } = tell(EXAMPLE, channel)
  assert.equal(title, 'Critical main')
  assert.equal(text, told(EXAMPLE).text)
})
