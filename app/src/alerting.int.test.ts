// An alert from its frame to a webhook and back, on real servers; a message that is refused, sent again from the command line;
// content of every kind, applied and exported.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { ChannelSpecSchema } from '@secumon/contracts/gen/escalation'
import { Aggregation, Comparison, RuleSpecSchema, Severity } from '@secumon/contracts/gen/rule'
import { DEFAULT_TENANT, EVENTS_STREAM } from '@secumon/contracts/subjects'
import { agent as agentDecider } from '@secumon/domain/agent'
import { channel } from '@secumon/domain/channel/channel'
import type { Decider } from '@secumon/domain/decider'
import { rule } from '@secumon/domain/rule/rule'
import { openSender } from '@secumon/gateway/notify/open-sender'
import { startReceiver } from '@secumon/gateway/notify/testing/receiver'
import { handle } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { closeDatabase, openDatabase, untyped } from '@secumon/infra/database/database'
import { silentLogger, testClock, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { testNats, testPostgres } from '@secumon/infra/testing/servers'
import { channelSecrets } from '@secumon/infra/vault/channel-secrets'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { newUlid } from '@secumon/infra/vault/vault-database'
import { migrate } from '@secumon/migrations/migrate'
import { alertsProjector } from '@secumon/projections/alerts/project'
import { listAlerts } from '@secumon/projections/alerts/queries/alerts'
import { listNotifications } from '@secumon/projections/alerts/queries/notifications'
import { startAlerting } from '@secumon/projections/reactors/start-alerting'
import { DEFAULT_KEPT_DAYS } from '@secumon/projections/storage/kept-days'
import { appendAll } from '@secumon/projections/testing/archiver'
import { startLoop, stopLoops } from '@secumon/projections/testing/loop'
import { agentId, RecordedLane } from '@secumon/projections/testing/recorded'
import { tenantScope } from '@secumon/projections/tenant-scope'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { Registry } from 'prom-client'
import { applyContent, exportContent } from './content/apply-content.ts'
import { readContent, writeContent } from './content/content-file.ts'
import type { Execute } from './content/content-kind.ts'
import { CONTENT_KINDS } from './content/content-kinds.ts'
import { existingContent } from './content/existing-content.ts'
import { ANY_CONTENT_AT_MS, anyContent } from './content/testing/any-content.ts'
import { telling } from './telling.ts'
import { secumon } from './testing/command.ts'

const [postgres, nats, receiver] = await Promise.all([
  testPostgres({ after }),
  testNats({ after }),
  startReceiver(),
])
after(() => receiver.close())
const log = await testConnection({ after }, nats.url)
const db = openDatabase({ url: postgres.url, poolSize: 8, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)
const masterKey = randomBytes(32)
const keys = dataKeys({ db, masterKeys: masterKeys(masterKey), clock: testClock })
const store = jetStreamEventStore(log, keys)
const secrets = channelSecrets({ db, keys, clock: testClock })
const sender = openSender({ allowPrivate: ['127.0.0.1'], clock: testClock })
after(() => sender.close())
const lane = new RecordedLane(agentId(1))
const [RULE, CHANNEL] = [agentId(900), agentId(901)]

function start() {
  const registry = new Registry()
  const alerting = startAlerting({
    log,
    store,
    db,
    keys,
    clock: testClock,
    logger: silentLogger,
    registry,
    shards: 1,
    send: telling({ store, secrets, sender, clock: testClock, publicUrl: 'https://secumon.example' }),
    ratePerMinute: () => 600,
    chores: [],
    leaseTtlMs: 500,
    savePeriodMs: 50,
  })
  return { ...alerting, registry }
}

const command = <Command, State>(
  decider: Decider<Command, State>,
  id: string,
  wanted: Command,
  tenant = DEFAULT_TENANT,
) =>
  handle(store, decider, {
    aggregate: { tenant, aggregate: decider.aggregate, id },
    command: wanted,
    commandId: newUlid(Date.now()),
    actor: create(ActorSchema, {}),
    clock: testClock,
  })

const spec = create(RuleSpecSchema, {
  name: 'CPU busy',
  severity: Severity.CRITICAL,
  scope: { scope: { case: 'everyone', value: {} } },
  condition: {
    case: 'metric',
    value: {
      metric: 'cpu.usage_percent',
      comparison: Comparison.GT,
      threshold: 90,
      aggregation: Aggregation.LAST,
    },
  },
})

const measured = (cpuUsagePercent: number) => {
  const atMs = Date.now()
  const times = { atMs: BigInt(atMs), intervalMs: 1_000, periodMs: 1_000 }
  return appendAll(log, [lane.frame({ receivedAtMs: atMs }, { ...times, host: { cpuUsagePercent } })])
}

type Body = {
  readonly type: string
  readonly data: {
    readonly alerts: readonly { readonly agent: string }[]
    readonly links: { readonly acknowledge: string | null }
  }
}
const bodies = (): readonly Body[] => receiver.received.map(({ body }) => body as Body)

test('an alert is told by webhook when it fires and when it is over, by whichever process is there', async () => {
  await command(agentDecider, lane.agent, {
    kind: 'RegisterAgent',
    name: 'web-1',
    tags: [],
    simulated: false,
  })
  await command(rule, RULE, {
    kind: 'CreateRule',
    tenant: DEFAULT_TENANT,
    spec,
    enabled: true,
    builtIn: false,
  })
  const place = { tenant: DEFAULT_TENANT, channel: CHANNEL }
  const secretVersion = await secrets.put(place, { url: `http://127.0.0.1:${receiver.port}/hook` })
  const webhook = create(ChannelSpecSchema, { name: 'Ops', kind: 'webhook', language: 'en' })
  await command(channel, CHANNEL, { kind: 'CreateChannel', spec: webhook, secretVersion, kinds: ['webhook'] })
  const first = start()
  await comesTrue('it is told that it fires', async () => {
    await measured(99)
    return receiver.received.length > 0
  })
  assert.equal(bodies()[0]?.type, 'incident.first')
  assert.equal(bodies()[0]?.data.alerts[0]?.agent, 'web-1')
  assert.match(bodies()[0]?.data.links.acknowledge ?? '', /\/incidents\/\w{26}\?acknowledge$/)
  await first.stop()
  const second = start()
  await measured(5)
  await comesTrue('it is told that it is over', () => receiver.received.length > 1)
  await second.stop()
  assert.deepEqual(
    bodies().map(({ type }) => type),
    ['incident.first', 'incident.resolved'],
  )
  const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids).size, 2, 'each message has a key of its own')
})

const environment = {
  NATS_URL: nats.url,
  DATABASE_URL: postgres.url,
  SECUMON_MASTER_KEY: masterKey.toString('base64'),
}
const messages = (...args: readonly string[]) => secumon(['messages', ...args], environment)

test('a message that was refused is listed and sent again from the command line', async () => {
  const loop = startLoop({ projector: alertsProjector(), log, db, keys, stream: EVENTS_STREAM })
  after(stopLoops)
  await loop.reached((await log.bounds(EVENTS_STREAM)).last)
  const alerting = start()
  after(() => alerting.stop())
  receiver.answering = (response) => response.writeHead(410).end('no such hook')
  receiver.received.length = 0
  const failed = async () =>
    (await listNotifications(untyped(db), [tenantScope(DEFAULT_TENANT)], { state: 'dead', limit: 5 })).rows
  await comesTrue('it is refused', async () => {
    if (receiver.received.length === 0) await measured(99)
    return (await failed()).length > 0
  })
  const [dead] = await failed()
  assert.ok(dead)
  const [listed, shown, unsure] = await Promise.all([
    messages('list', '--failed'),
    messages('show', dead.id),
    messages('retry', '--all-failed'),
  ])
  assert.match(listed.stdout, new RegExp(`^${dead.id} .* dead +Ops \\(webhook\\) +first .*410`, 'm'))
  assert.match(shown.stdout, /^state +dead: refused by the service$[^]*^ +1 .* dead .*410/m)
  assert.deepEqual([unsure.code, /nothing was changed/.test(unsure.stderr)], [64, true], unsure.stderr)
  const firing = { state: 'firing', sort: 'newest', limit: 1 } as const
  await measured(5)
  await comesTrue('the alert is over meanwhile', async () => {
    const { rows } = await listAlerts(untyped(db), [tenantScope(DEFAULT_TENANT)], firing)
    return rows.length === 0
  })
  receiver.answering = (response) => response.end('ok')
  const retried = await messages('retry', '--all-failed', '--yes')
  assert.match(retried.stdout, /^1 due again/, retried.stderr)
  await comesTrue('it arrives, and is no failure any more', async () => (await failed()).length === 0)
  await comesTrue('as the same message', () => receiver.received.length > 1)
  const keysOf = receiver.received.map(({ headers }) => headers['webhook-id'])
  assert.deepEqual(keysOf, [dead.id, dead.id])
  const [first, again] = receiver.received
  assert.equal(again?.text, first?.text, 'it tells what was so when it was first sent')
})

const CONTENT = 'content'
const existing = () => existingContent(log, keys, { tenant: CONTENT, kinds: CONTENT_KINDS })

async function outcomesOf(text: string, execute?: Execute): Promise<string[]> {
  const applying = applyContent(readContent(text, 'content.yaml').file, {
    tenant: CONTENT,
    existing: await existing(),
    nowMs: ANY_CONTENT_AT_MS,
    kept: DEFAULT_KEPT_DAYS,
    newId: () => newUlid(Date.now()),
    keeper: {
      variable: () => undefined,
      get: (id, version) => secrets.get({ tenant: CONTENT, channel: id, version }),
      put: (id, values) => secrets.put({ tenant: CONTENT, channel: id }, values),
    },
    ...(execute && { execute }),
  })
  const outcomes: string[] = []
  for await (const { outcome } of applying) outcomes.push(outcome)
  return outcomes
}

test('content of every kind is applied and exported; what was exported changes nothing', async () => {
  const [content = {}] = fc.sample(anyContent, { seed: 20_261_122, numRuns: 1 })
  const made = await outcomesOf(JSON.stringify(content), async (decider, id, commands) => {
    for (const wanted of commands) await command(decider, id, wanted, CONTENT)
  })
  assert.ok(made.length > 5)
  assert.deepEqual(new Set(made), new Set(['created']))
  const exported = writeContent(exportContent({ existing: await existing(), nowMs: ANY_CONTENT_AT_MS }))
  const again = await outcomesOf(exported)
  assert.deepEqual(
    again,
    made.map(() => 'unchanged'),
  )
})

test('a file that is not right in part is applied for the rest; the command says where it is not', async () => {
  const lines = [
    'rules:',
    '  - { name: right, severity: info, condition: { kind: offline } }',
    '  - { name: wrong, severity: info, condition: { kind: offline }, duration: 5 m }',
  ]
  const applied = await secumon(['apply', '-'], environment, lines.join('\n'))
  assert.deepEqual(
    [applied.code, applied.stdout],
    [
      65,
      `created   rules "right"
refused   rules "wrong"
          standard input:3:66 rules[1].duration: a duration is written 90s, 5m or 1h30m
`,
    ],
    applied.stderr,
  )
})
