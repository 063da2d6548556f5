// An alert from its frame to a webhook and back, on real servers.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { ChannelSpecSchema } from '@secumon/contracts/gen/escalation'
import { Aggregation, Comparison, RuleSpecSchema, Severity } from '@secumon/contracts/gen/rule'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { agent as agentDecider } from '@secumon/domain/agent'
import { channel } from '@secumon/domain/channel/channel'
import type { Decider } from '@secumon/domain/decider'
import { rule } from '@secumon/domain/rule/rule'
import { openSender } from '@secumon/gateway/notify/open-sender'
import { startReceiver } from '@secumon/gateway/notify/testing/receiver'
import { handle } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { silentLogger, testClock, testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { testDatabase } from '@secumon/infra/log/test-database'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { channelSecrets } from '@secumon/infra/vault/channel-secrets'
import { newUlid } from '@secumon/infra/vault/vault-database'
import { startAlerting } from '@secumon/projections/reactors/start-alerting'
import { appendAll } from '@secumon/projections/testing/archiver'
import { agentId, RecordedLane } from '@secumon/projections/testing/recorded'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Registry } from 'prom-client'
import { telling } from './telling.ts'

const [db, log, receiver] = await Promise.all([
  testDatabase({ after }),
  testEventLog({ after }),
  startReceiver(),
])
after(() => receiver.close())
const keys = memoryKeys()
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
    send: telling({ store, secrets, sender, publicUrl: 'https://secumon.example' }),
    ratePerMinute: () => 600,
    chores: [],
    leaseTtlMs: 500,
    savePeriodMs: 50,
  })
  return { ...alerting, registry }
}

const command = <Command, State>(decider: Decider<Command, State>, id: string, wanted: Command) =>
  handle(store, decider, {
    aggregate: { tenant: DEFAULT_TENANT, aggregate: decider.aggregate, id },
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
  readonly data: { readonly alerts: readonly { readonly agent: string }[] }
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
