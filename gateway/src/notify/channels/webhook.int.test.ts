import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures, NOW_MS } from '../testing/channel-rig.ts'

const signingKey = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const rig = await channelRig({
  kind: 'webhook',
  secrets: (base) => ({
    url: `${base}/hooks/very-secret-path?key=1`,
    signing_key: signingKey,
    headers: 'Authorization: Bearer abcdef\nX-Team: night',
  }),
})
after(() => rig.close())

test('the facts go in JSON, with a signature that a receiver can check', async () => {
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '200 ok' })
  const [one] = rig.receiver.received
  assert.ok(one)
  assert.equal(`${one.method} ${one.path}`, 'POST /hooks/very-secret-path?key=1')
  assert.equal(one.headers['content-type'], 'application/json')
  assert.equal(one.headers['authorization'], 'Bearer abcdef')
  assert.equal(one.headers['x-team'], 'night')
  assert.equal(one.headers['webhook-id'], EXAMPLE.notification)
  assert.equal(one.headers['webhook-timestamp'], String(NOW_MS / 1_000))
  const expected = new Webhook(signingKey).sign(EXAMPLE.notification, new Date(NOW_MS), one.text)
  assert.equal(one.headers['webhook-signature'], expected)
  const { links, alerts, ...data } = (one.body as { data: Record<string, unknown> }).data
  assert.deepEqual(one.body, {
    type: 'incident.first',
    timestamp: '2026-01-15T03:14:05.000Z',
    data: { ...data, links, alerts },
  })
  assert.deepEqual(links, EXAMPLE.links)
  assert.equal(data['severity'], 'critical')
  assert.deepEqual([data['counts'], data['truncated']], [{ firing: 1, acknowledged: 0, resolved: 0 }, false])
  assert.deepEqual((alerts as unknown[])[0], {
    id: EXAMPLE.alerts[0]?.id,
    state: 'firing',
    severity: 'critical',
    rule: 'Disk almost full',
    description: 'Remove old files or enlarge the disk.',
    agent: 'web-1',
    metric: 'disk.usage_percent',
    dimension: '/var',
    value: 96.2,
    threshold: 90,
    no_data: false,
    simulated: false,
    since: '2026-01-15T03:09:05.000Z',
    resolved_at: null,
    resolution: null,
    labels: { severity: 'critical', mount: '/var' },
    runbook_url: null,
    url: EXAMPLE.alerts[0]?.url,
  })
})

test('an end says why it is one', async () => {
  const over = { state: 'resolved', resolvedAtMs: EXAMPLE.atMs, resolution: 'agent_retired' } as const
  await rig.send({ ...exampleWith({ ...over, value: undefined }), kind: 'resolved' })
  const { type, data } = rig.last().body as { type: string; data: { alerts: Record<string, unknown>[] } }
  assert.equal(type, 'incident.resolved')
  const { state, resolution, resolved_at, value } = data.alerts[0] ?? {}
  assert.deepEqual(
    [state, resolution, resolved_at, value],
    ['resolved', 'agent_retired', '2026-01-15T03:14:05.000Z', null],
  )
})

test('however much there is to tell, a body has at most 256 KiB and says what is not in it', async () => {
  const labels = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`l${i}`, '"'.repeat(200)]))
  const message = exampleWith({ labels, description: '"é'.repeat(1_000) })
  const alerts = message.alerts.flatMap((one) => Array.from({ length: 200 }, () => one))
  await rig.send({ ...message, alerts, others: { firing: 700, acknowledged: 0, resolved: 100 } })
  const { text, body } = rig.last()
  const { data } = body as { data: { alerts: unknown[]; counts: object; truncated: boolean } }
  assert.ok(Buffer.byteLength(text) <= 256 * 1024 && Buffer.byteLength(text) > 200 * 1024, `${text.length}`)
  assert.ok(data.alerts.length > 10 && data.alerts.length < 200)
  assert.deepEqual([data.counts, data.truncated], [{ firing: 900, acknowledged: 0, resolved: 100 }, true])
})

test('a second message goes over the same connection', async () => {
  const before = rig.receiver.connections
  await rig.send()
  assert.equal(rig.receiver.connections, before)
})

test('failures are told for what they are', () => checkFailures(rig, 'very-secret-path'))
