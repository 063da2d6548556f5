import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ContentFault } from './content-fault.ts'
import { readContent } from './content-file.ts'
import { Tenant, type Told } from './testing/tenant.ts'

const FILE = `
rules:
  - name: busy
    severity: warning
    condition: { kind: metric, metric: cpu.usage_percent, comparison: gt, threshold: 90 }
    duration: 5m
  - name: gone
    severity: critical
    condition: { kind: offline }
    enabled: false
`

const outcomes = (applied: readonly Told[]) => applied.map(({ name, outcome }) => `${name} ${outcome}`)

describe('a file that is applied', () => {
  test('makes what is missing, and a second time changes nothing', async () => {
    const tenant = new Tenant()
    assert.deepEqual(outcomes(await tenant.apply(FILE)), ['busy created', 'gone created'])
    const { count } = tenant
    assert.deepEqual(outcomes(await tenant.apply(FILE)), ['busy unchanged', 'gone unchanged'])
    assert.equal(tenant.count, count)
  })

  test('changes what differs, and says how', async () => {
    const tenant = new Tenant()
    await tenant.apply(FILE)
    const [busy, gone] = await tenant.apply(
      FILE.replace('threshold: 90', 'threshold: 95').replace('false', 'true'),
    )
    assert.deepEqual([busy?.outcome, busy?.differences], ['changed', ['condition.threshold: 90 → 95']])
    assert.deepEqual([gone?.outcome, gone?.differences], ['changed', ['enabled: false → true']])
  })

  test('is only looked at with --dry-run', async () => {
    const tenant = new Tenant()
    assert.deepEqual(outcomes(await tenant.apply(FILE, true)), ['busy created', 'gone created'])
    assert.equal(tenant.count, 0)
  })

  test('has items that cannot be: they stop no other', async () => {
    const tenant = new Tenant()
    const applied = await tenant.apply(
      FILE.replace('cpu.usage_percent', 'cpu.colour').replace(
        'kind: offline',
        'kind: metric, metric: disk.usage_percent, comparison: gt, threshold: 9',
      ),
    )
    assert.deepEqual(outcomes(applied), ['busy refused', 'gone created'])
    assert.match(applied[0]?.reason ?? '', /cpu\.colour/)
  })

  test('may not name a thing twice, nor a policy that is not there', async () => {
    const twice = FILE.replace('name: gone', 'name: busy')
    assert.deepEqual(
      (await new Tenant().apply(twice)).flatMap(({ faults }) => faults),
      [
        'content.yaml:3:5 rules[0]: rules[1] has the same name: give each its id',
        'content.yaml:7:5 rules[1]: rules[0] has the same name: give each its id',
      ],
    )
    const [first] = await new Tenant().apply(
      FILE.replace('severity: warning', 'severity: warning\n    escalation_policy: night'),
    )
    assert.match(first?.reason ?? '', /night/)
  })

  test('comes back from an export', async () => {
    const tenant = new Tenant()
    await tenant.apply(FILE)
    const text = tenant.export()
    assert.match(text, /duration: 5m/)
    assert.deepEqual(outcomes(await tenant.apply(text)), ['busy unchanged', 'gone unchanged'])
  })
})

const ALL = `
channels:
  - name: ops
    kind: webhook
    secrets: { url: "https://hooks.example/\${HOOK}" }
schedules:
  - name: night
    time_zone: Europe/Paris
    layers:
      - name: first
        starts_at: 2026-11-22T09:00:00
        days_each: 7
        members: [{ name: on call, channels: [ops] }]
policies:
  - name: all
    group_by: [agent]
    repeat_interval: 4h
    steps:
      - delay: 0s
        targets: [{ channel: ops }]
      - delay: 5m
        targets: [{ schedule: night }]
rules:
  - name: gone
    severity: critical
    condition: { kind: offline }
    escalation_policy: all
maintenances:
  - name: Sunday
    matchers: [{ label: tags, operator: "~", value: "*db*" }]
    time_zone: Europe/Paris
    starts_at: 2026-11-22T02:00:00
    duration: 2h
    recurrence: FREQ=WEEKLY;BYDAY=SU
`

describe('all kinds of content', () => {
  test('refer to each other by name, and come back from an export without secrets', async () => {
    const tenant = new Tenant()
    const made = await tenant.apply(ALL)
    assert.deepEqual(
      made.map(({ kind, outcome, reason }) => [kind, outcome, reason]),
      ['channels', 'schedules', 'policies', 'rules', 'maintenances'].map((kind) => [
        kind,
        'created',
        undefined,
      ]),
    )
    assert.deepEqual([...tenant.secrets.values()], [{ url: 'https://hooks.example/busy' }])
    const text = tenant.export()
    assert.doesNotMatch(text, /hooks\.example|secret/)
    for (const again of [ALL, text])
      assert.deepEqual(
        new Set((await tenant.apply(again)).map(({ outcome }) => outcome)),
        new Set(['unchanged']),
      )
    assert.equal(tenant.secrets.size, 1)
  })

  test('another secret is a change that does not tell it', async () => {
    const tenant = new Tenant()
    await tenant.apply(ALL)
    const [channel] = await tenant.apply(ALL.replace('hooks.example', 'other.example'))
    assert.deepEqual([channel?.outcome, channel?.differences], ['changed', ['secret_version: 1 → 2']])
  })

  test('secrets go elsewhere only when the file names them', async () => {
    const tenant = new Tenant()
    const at = (server: string, secrets: string) => `
channels:
  - { name: chat, kind: telegram, settings: { chat_id: "4", api_url: "https://${server}" }${secrets} }
`
    const token = `, secrets: { bot_token: "123456:${'A'.repeat(30)}" }`
    await tenant.apply(at('one.example', token))
    const [refused] = await tenant.apply(at('two.example', ''))
    assert.match(refused?.reason ?? '', /^bot_token: must be given again: api_url changed/)
    assert.deepEqual(outcomes(await tenant.apply(at('one.example', ''))), ['chat unchanged'])
    assert.deepEqual(outcomes(await tenant.apply(at('two.example', token))), ['chat changed'])
  })

  test('a channel that cannot work is refused before its secrets are kept', async () => {
    const tenant = new Tenant()
    const [channel, schedule] = await tenant.apply(ALL.replace('https://hooks.example/', 'nowhere'))
    assert.deepEqual([channel?.outcome, schedule?.outcome, tenant.secrets.size], ['refused', 'refused', 0])
  })
})

const SILENCES = `
silences:
  - matchers: [{ label: team, operator: "=", value: web }, { label: agent, operator: "~", value: "old-*" }]
    reason: the old hosts go in March
    expires_at: 2027-03-01T01:00:00+01:00
`

describe('silences', () => {
  const in2027 = (month: number) => Date.UTC(2027, month - 1)
  const silenced = async () => {
    const tenant = new Tenant()
    tenant.nowMs = in2027(1)
    const [made] = await tenant.apply(SILENCES)
    assert.deepEqual(
      [made?.outcome, made?.name],
      ['created', 'agent~old-*, team=web (the old hosts go in March)'],
    )
    return tenant
  }

  test('are found again by what they mute and why, and come back from an export', async () => {
    const tenant = await silenced()
    const text = tenant.export()
    assert.match(text, /expires_at: "?2027-03-01T00:00:00.000Z/)
    const [first = '', second = ''] = SILENCES.match(/\{[^}]*\}/g) ?? []
    const turned = SILENCES.replace(first, '#').replace(second, first).replace('#', second)
    for (const same of [SILENCES, turned, text])
      assert.deepEqual((await tenant.apply(same))[0]?.outcome, 'unchanged')
  })

  test('may end at another time; --dry-run says so', async () => {
    const tenant = await silenced()
    const later = SILENCES.replace('2027-03', '2027-04')
    const [dry] = await tenant.apply(later, true)
    const difference = 'expires_at: "2027-03-01T00:00:00.000Z" → "2027-04-01T00:00:00.000Z"'
    assert.deepEqual([dry?.outcome, dry?.differences], ['changed', [difference]])
    assert.equal((await tenant.apply(later))[0]?.outcome, 'changed')
    assert.equal((await tenant.apply(later))[0]?.outcome, 'unchanged')
  })

  test('that are over are in no export, and a file that still has them changes nothing', async () => {
    const tenant = await silenced()
    const { count } = tenant
    tenant.nowMs = in2027(5)
    assert.equal(tenant.export(), '{}\n')
    assert.equal((await tenant.apply(SILENCES))[0]?.outcome, 'unchanged')
    assert.equal(tenant.count, count)
  })

  test('keep their beginning, and need a time with its zone', async () => {
    const tenant = await silenced()
    const [moved] = await tenant.apply(`${SILENCES}    starts_at: 2027-02-01T00:00:00Z\n`)
    assert.match(moved?.reason ?? '', /begins at 2027-01-01T00:00:00.000Z, which cannot be changed/)
    const [vague] = await tenant.apply(SILENCES.replace('+01:00', ''))
    assert.match(vague?.reason ?? '', /expires_at: a time with its zone/)
  })
})

describe('a file that is no content', () => {
  const faulty: [string, string][] = [
    ['rulez: []', 'content.yaml:1:1 rulez: is no kind'],
    ['- a', 'content.yaml:1:1 the file must hold lists'],
    ['rules: 5\nrulez: []', 'content.yaml:1:1 rules: must be a list\ncontent.yaml:2:1 rulez: is no kind'],
    ['rules:\n  - name: [a', 'content.yaml:2:'],
    ['rules: []\nrules: []', 'content.yaml:2:1 Map keys must be unique'],
  ]
  for (const [text, reason] of faulty)
    test(text, () =>
      assert.throws(
        () => readContent(text, 'content.yaml'),
        (error) => error instanceof ContentFault && error.message.startsWith(reason),
      ),
    )
})

test('all that is wrong with items is told, each with its place', async () => {
  const told = await new Tenant().apply(`
rules:
  - name: a
    severity: hugee
    condition: { kind: metric, metric: cpu.usage_percent, comparison: gt, threshold: 90, window: "5 m" }
    duration: 300
    colour: red
  - nam: c
  - 17
policies:
  - name: p
    steps:
      - { delay: 5m, targets: [{ chanel: x }] }
      - targets: [{ channel: nowhere }]
`)
  assert.deepEqual(
    told.map(({ kind, name, outcome }) => [kind, name, outcome]),
    [
      ['policies', 'p', 'refused'],
      ['rules', 'a', 'refused'],
      ['rules', 'rules[1]', 'refused'],
      ['rules', 'rules[2]', 'refused'],
    ],
  )
  assert.deepEqual(
    told.flatMap(({ faults }) => faults),
    [
      'content.yaml:13:32 policies[0].steps[0].targets[0]: a target is { channel: … } or { schedule: … }',
      'content.yaml:14:9 policies[0].steps[1].delay: is missing',
      'content.yaml:4:5 rules[0].severity: Invalid option: expected one of "info"|"warning"|"critical"',
      'content.yaml:5:90 rules[0].condition.window: a duration is written 90s, 5m or 1h30m',
      'content.yaml:6:5 rules[0].duration: a duration is written 90s, 5m or 1h30m',
      'content.yaml:7:5 rules[0].colour: there is no such key',
      'content.yaml:8:5 rules[1].name: is missing',
      'content.yaml:8:5 rules[1].severity: is missing',
      'content.yaml:8:5 rules[1].condition: is missing',
      'content.yaml:8:5 rules[1].nam: there is no such key',
      'content.yaml:9:5 rules[2]: Invalid input: expected object, received number',
    ],
  )
})
