import assert from 'node:assert/strict'
import { create } from '@bufbuild/protobuf'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { AgentRegisteredSchema, AgentRenamedSchema } from '@secumon/contracts/gen/agent'
import { ulid } from '@secumon/contracts/ids'
import { closeDatabase, openDatabase, untyped } from '@secumon/infra/database/database'
import { testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { ensureGeneration } from '../generations.ts'
import type { Fact } from '../projector.ts'
import { envelopeFact, frameFact, gatewayFact, tickFact } from '../testing/facts.ts'
import { tenantScope } from '../tenant-scope.ts'
import { agentsProjector } from './project.ts'
import { agentNames, fleetMap, fleetOverview, getAgent, listFleet, type FleetPage } from './queries.ts'

const START = Date.now()
const id = (n: number) => ulid(START, new Uint8Array(10).fill(n))
const main = tenantScope('main')
const page: FleetPage = { sort: 'name', order: 'asc', limit: 100, offset: 0 }

const announced: string[] = []
const projector = agentsProjector({ live: { publishLive: (subject) => announced.push(subject) } })

const postgres = await testPostgres({ after })
const db = openDatabase({
  url: postgres.url,
  poolSize: 4,
  applicationName: 'test',
  logger: pino({ level: 'silent' }),
})
after(() => closeDatabase(db))
await migrate(db)
await ensureGeneration(db, projector)

async function project(batch: readonly Fact[]): Promise<void> {
  const done = await untyped(db)
    .transaction()
    .execute((tx) => projector.project(batch, tx, 'agents_1'))
  done?.()
}

const registered = (n: number, name: string, tenant = 'main') =>
  envelopeFact({
    aggregate: 'agent',
    id: id(n),
    tenant,
    atMs: START,
    events: [{ case: 'agentRegistered', value: create(AgentRegisteredSchema, { name, tags: ['eu'] }) }],
  })

test('an agent shows once it is registered, with its newest values', async () => {
  await project([registered(1, 'web-1'), registered(9, 'theirs', 'other')])
  await project([
    gatewayFact(START),
    frameFact({
      agent: id(1),
      receivedAtMs: START,
      observation: {
        host: {
          cpuUsagePercent: 12.5,
          memoryUsagePercent: 40,
          cpuLoadAvg1: 0.5,
          systemUptimeSeconds: 86_400,
        },
        filesystems: { mount: ['/', '/data'], usagePercent: [41, 77] },
        networks: { interface: ['eth0'], receiveBytes: [50_000], transmitBytes: [10_000] },
        inventory: { hostname: 'web-1.example', os: 'Debian 12', addresses: ['192.0.2.7'], bootedAtMs: 5n },
        systemdUnits: { unit: ['cron.service'], activeState: ['active'], subState: ['running'] },
      },
    }),
  ])
  const fleet = await listFleet(untyped(db), main, page)
  assert.equal(fleet.total, 1)
  assert.deepEqual(fleet.counts, { online: 1, offline: 0, unknown: 0, pending: 0 })
  const [agent] = fleet.agents
  assert.ok(agent)
  assert.deepEqual(
    [
      agent.id,
      agent.name,
      agent.hostname,
      agent.status,
      agent.last_seen,
      agent.cpu_percent,
      agent.disk_percent,
    ],
    [id(1), 'web-1', 'web-1.example', 'online', START, 12.5, 77],
  )
  assert.deepEqual([agent.disk_mount, agent.receive_bytes_per_second, agent.tags], ['/data', 5_000, ['eu']])
  const detail = await getAgent(untyped(db), main, id(1))
  assert.equal(detail?.inventory?.booted_at, 5)
  assert.deepEqual(detail.units, [{ unit: 'cron.service', active_state: 'active', sub_state: 'running' }])
  assert.ok(announced.includes('live.main.fleet'))
})

test('nobody sees another tenant’s agents', async () => {
  assert.deepEqual(await agentNames(untyped(db), main), ['web-1'])
  assert.deepEqual(await agentNames(untyped(db), tenantScope('other')), ['theirs'])
  assert.equal(await getAgent(untyped(db), main, id(9)), undefined)
  assert.equal((await fleetMap(untyped(db), tenantScope('other'))).agents.length, 1)
  assert.deepEqual((await fleetOverview(untyped(db), tenantScope('nobody'))).changes, [])
})

test('silence is seen by the ticks, kept through a restart, and told among the changes', async () => {
  const silence: Fact[] = []
  for (let s = 5; s <= 20; s += 5) silence.push(gatewayFact(START + s * 1_000), tickFact(START + s * 1_000))
  await project(silence)
  projector.forget?.('TELEMETRY_0')
  const rest: Fact[] = []
  for (let s = 25; s <= 35; s += 5) rest.push(gatewayFact(START + s * 1_000), tickFact(START + s * 1_000))
  await project(rest)
  const [agent] = (await listFleet(untyped(db), main, { ...page, status: 'offline' })).agents
  assert.equal(agent?.status_since, START + 35_000)
  assert.equal(agent.cpu_percent, 12.5)
  const { changes } = await fleetOverview(untyped(db), main)
  assert.deepEqual(changes[0]?.summary, 'online → offline')
  assert.deepEqual(changes.map(({ kind, summary }) => `${kind} ${summary}`).toSorted(), [
    'agent_registered web-1',
    'status online → offline',
    'status pending → online',
  ])
})

test('a failed batch leaves nothing behind, in tables or in memory', async () => {
  const later = frameFact({ agent: id(1), receivedAtMs: START + 60_000 })
  await assert.rejects(
    untyped(db)
      .transaction()
      .execute(async (tx) => {
        await projector.project([later], tx, 'agents_1')
        throw new Error('the connection was lost')
      }),
  )
  assert.equal((await listFleet(untyped(db), main, page)).agents[0]?.status, 'offline')
  await project([later])
  assert.equal((await listFleet(untyped(db), main, page)).agents[0]?.status, 'online')
})

test('renaming shows, filters and sorts hold', async () => {
  await project([registered(2, 'db-1')])
  await project([
    envelopeFact({
      aggregate: 'agent',
      id: id(1),
      version: 2,
      atMs: START,
      events: [{ case: 'agentRenamed', value: create(AgentRenamedSchema, { name: 'www_1%' }) }],
    }),
  ])
  const names = async (filter: Partial<FleetPage>) =>
    (await listFleet(untyped(db), main, { ...page, ...filter })).agents.map((agent) => agent.name)
  assert.deepEqual(await names({}), ['db-1', 'www_1%'])
  assert.deepEqual(await names({ order: 'desc' }), ['www_1%', 'db-1'])
  assert.deepEqual(await names({ q: '_1%' }), ['www_1%'])
  assert.deepEqual(await names({ q: '192.0.2' }), ['www_1%'])
  assert.deepEqual(await names({ status: 'pending,offline' }), ['db-1'])
  assert.deepEqual(await names({ tag: 'us' }), [])
  assert.deepEqual(await names({ sort: 'cpu', limit: 1 }), ['www_1%'])
})
