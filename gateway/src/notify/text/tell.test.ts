import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, MessageAlert } from '../message.ts'
import { EXAMPLE, exampleWith } from './example-message.ts'
import { tell } from './tell.ts'

const plain = { language: 'en', timeZone: '', titleTemplate: '', textTemplate: '' }
const told = (message: Message, language = 'en') => tell(message, { ...plain, language })

const [ALERT] = EXAMPLE.alerts
assert.ok(ALERT)
const over: Partial<MessageAlert> = {
  state: 'resolved',
  resolvedAtMs: EXAMPLE.atMs,
  resolution: 'recovered',
}
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
  const first = (kind: Message['kind'], step = 0) =>
    told({ ...(kind === 'resolved' ? exampleWith(over) : EXAMPLE), kind, step }).text.split('\n')[0]
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
      'resolved at 15 Jan 2026, 03:14:05 UTC (5 min)',
  ))

const ENDS: readonly [resolution: MessageAlert['resolution'], en: string, fr: string][] = [
  ['rule_changed', 'its rule was changed or switched off', 'sa règle a été modifiée ou désactivée'],
  ['agent_retired', 'the agent was retired', 'l’agent a été retiré'],
  ['out_of_scope', 'the agent is outside', 'l’agent n’est plus dans'],
  ['no_data', 'nothing is heard of it any more', 'plus rien n’en arrive'],
]
for (const [resolution, en, fr] of ENDS)
  test(`an end by ${resolution} is no all-clear`, () => {
    const closed = { ...exampleWith({ ...over, value: undefined, resolution }), kind: 'resolved' } as const
    const { title, text } = told(closed)
    assert.equal(title, 'CLOSED · Disk almost full · web-1 (/var)')
    const [why, line = ''] = text.split('\n')
    assert.equal(why, 'It is closed, but was not seen to recover.')
    assert.ok(
      line.startsWith(
        `Critical · Disk almost full · web-1 (/var): closed at 15 Jan 2026, 03:14:05 UTC (5 min): ${en}`,
      ),
      line,
    )
    const french = told(closed, 'fr')
    assert.equal(french.title, 'CLÔTURÉE · Disk almost full · web-1 (/var)')
    assert.ok(
      french.text.includes(`clôturée le 15 janv. 2026, 03:14:05 UTC (5 min)\u00a0: ${fr}`),
      french.text,
    )
  })

test('an end is an all-clear only when all of it recovered', () => {
  const closed = { ...ALERT, ...over, resolution: 'rule_changed' } as const
  const both: Message = { ...EXAMPLE, kind: 'resolved', alerts: [{ ...ALERT, ...over }, closed] }
  assert.match(told(both).title, /^CLOSED · 2 alerts/)
  assert.match(told({ ...both, kind: 'changed' }).title, /^CLOSED · 2 alerts/)
})

test('what is heard again is told as such, and a value of what was silent', () => {
  const text = (changes: Partial<MessageAlert>) =>
    told({ ...exampleWith({ ...over, ...changes }), kind: 'resolved' }).text
  const offline = { metric: 'offline', dimension: '', value: undefined }
  assert.match(text(offline), /web-1: online again, resolved at/)
  assert.match(
    text({ ...offline, resolution: 'agent_retired' }),
    /web-1: closed at .*: the agent was retired/,
  )
  assert.match(text({ noData: true, value: 12 }), /: 12 % \(threshold 90 %\), resolved at/)
})

test('silence, an absent host and a simulated one are told as such', () => {
  assert.match(told(exampleWith({ noData: true })).text, /: no data, firing/)
  assert.match(told(exampleWith({ metric: 'offline', dimension: '' })).text, /web-1: offline, firing/)
  assert.match(told(exampleWith({ simulated: true })).text, /\[simulated\]/)
})

test('alerts that the message does not show are counted with the others', () => {
  const { title, text } = told({ ...several(25), others: { firing: 100, acknowledged: 0, resolved: 75 } })
  assert.match(title, /^CRITICAL · 200 alerts/)
  assert.match(text, /^… and 180 more$/m)
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
