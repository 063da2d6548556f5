import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const KEY = '0123456789abcdef0123456789abcdef'
const rig = await channelRig({
  kind: 'pagerduty',
  settings: (base) => ({ url: `${base}/v2/enqueue` }),
  secrets: () => ({ routing_key: KEY }),
})
after(() => rig.close())

rig.receiver.answering = (response) =>
  response
    .writeHead(202)
    .end(JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: 'x' }))

const sentBody = () => rig.last().body as Record<string, unknown>

test('a first message triggers, with the incident as its key', async () => {
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '202 Event processed: success' })
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, 'POST /v2/enqueue')
  const { payload, ...event } = sentBody() as { payload: Record<string, unknown> }
  assert.deepEqual(event, {
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: EXAMPLE.incident,
    client: 'SecuMon',
    client_url: EXAMPLE.links.incident,
    links: [
      { href: EXAMPLE.links.incident, text: 'Open' },
      { href: EXAMPLE.links.acknowledge, text: 'Acknowledge' },
    ],
  })
  const { custom_details, ...facts } = payload
  assert.deepEqual(facts, {
    summary: 'CRITICAL · Disk almost full · web-1 (/var)',
    severity: 'critical',
    source: 'web-1',
    timestamp: '2026-01-15T03:14:05.000Z',
    component: '/var',
    group: 'main',
    class: 'disk.usage_percent',
  })
  assert.deepEqual(Object.keys(custom_details as object), ['text', 'incident', 'notification', 'alerts'])
})

test('what follows acknowledges and resolves the same one', async () => {
  await rig.send({ ...EXAMPLE, kind: 'acknowledged' })
  assert.deepEqual(sentBody(), { routing_key: KEY, event_action: 'acknowledge', dedup_key: EXAMPLE.incident })
  const over = { state: 'resolved', resolvedAtMs: EXAMPLE.atMs, resolution: 'rule_changed' } as const
  await rig.send({ ...exampleWith(over), kind: 'resolved' })
  const { payload, ...event } = sentBody()
  assert.deepEqual(event, { routing_key: KEY, event_action: 'resolve', dedup_key: EXAMPLE.incident })
  const { summary, custom_details: details } = payload as {
    summary: string
    custom_details: { alerts: { resolution: string }[] }
  }
  assert.equal(summary, 'CLOSED · Disk almost full · web-1 (/var)')
  assert.equal(details.alerts[0]?.resolution, 'rule_changed')
})

const both = (text: string) => ({ outcome: 'delivered', answer: `${text}; ${text}` })
const lastTwo = () =>
  rig.receiver.received.slice(-2).map(({ body }) => {
    const { event_action, dedup_key, payload } = body as Record<string, unknown>
    return [event_action, dedup_key, (payload as { severity?: string } | undefined)?.severity]
  })
const OPENED_AND_RESOLVED = [
  ['trigger', EXAMPLE.incident, 'info'],
  ['resolve', EXAMPLE.incident, undefined],
]

test('what was over before it could be told is opened and resolved at once', async () => {
  const over = { state: 'resolved', resolvedAtMs: EXAMPLE.atMs, resolution: 'recovered' } as const
  assert.deepEqual(
    await rig.send({ ...exampleWith(over), kind: 'summary' }),
    both('202 Event processed: success'),
  )
  assert.deepEqual(lastTwo(), OPENED_AND_RESOLVED)
})

test('a test leaves nothing open, and both answers are told', async () => {
  const tested = { ...EXAMPLE, kind: 'test', alerts: [] } as const
  assert.deepEqual(await rig.send(tested), both('202 Event processed: success'))
  assert.deepEqual(lastTwo(), OPENED_AND_RESOLVED)
  const { answering } = rig.receiver
  rig.receiver.answering = (response, { text }) =>
    text.includes('"resolve"')
      ? response.writeHead(400).end('no such alert')
      : answering(response, rig.last())
  assert.deepEqual(await rig.send(tested), {
    outcome: 'refused',
    reason: '202 Event processed: success; then 400 no such alert',
  })
  rig.receiver.answering = answering
})

test('where something of the incident rests, an end does not resolve it', async () => {
  const over = { state: 'resolved', resolvedAtMs: EXAMPLE.atMs, resolution: 'recovered' } as const
  await rig.send({ ...exampleWith(over), kind: 'changed' })
  assert.equal(sentBody()['event_action'], 'trigger')
})

test('five hundred alerts stay below 512 KB, and those that are left out are counted', async () => {
  const [alert] = EXAMPLE.alerts
  assert.ok(alert)
  await rig.send({ ...EXAMPLE, alerts: Array.from({ length: 500 }, () => alert) })
  const { custom_details: details } = sentBody()['payload'] as { custom_details: { alerts_left_out: number } }
  assert.equal(details.alerts_left_out, 450)
  assert.ok(rig.last().text.length < 512_000)
})

test('an event that it does not take is refused with its words', async () => {
  rig.receiver.answering = (response) =>
    response.writeHead(400).end(
      JSON.stringify({
        status: 'invalid event',
        message: 'Event object is invalid',
        errors: [`bad ${KEY}`],
      }),
    )
  assert.deepEqual(await rig.send(), {
    outcome: 'refused',
    reason: '400 Event object is invalid: invalid event: ["bad •••"]',
  })
})

test('failures are told for what they are', () => checkFailures(rig, KEY))
