import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { generationsOf } from '../generations.ts'
import { agentsProjector } from '../agents/project.ts'
import { getAgent } from '../agents/queries.ts'
import { ulidToUuid } from '@secumon/contracts/ids'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { untyped } from '@secumon/infra/database/database'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import type { Projector } from '../projector.ts'
import { samplesProjector } from '../samples/project.ts'
import { packClosedDays } from '../samples/packed/pack-closed-days.ts'
import { querySeries } from '../samples/queries.ts'
import { latestRows } from '../samples/queries/latest-rows.ts'
import { observation } from '../samples/samples.fixture.ts'
import { runOnce } from '../storage/testing/jobs.ts'
import { tenantScope } from '../tenant-scope.ts'
import { startLoop, stopLoops, systemClock, type RunningLoop } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, envelope, RecordedLane, tick } from '../testing/recorded.ts'
import { STREAM, testDatabase } from '../testing/recorder.ts'
import { ArchiveElsewhere } from './build.ts'
import { tablesOf } from './columns.ts'
import { rebuild } from './rebuild.ts'
import { forgetSealed } from './sealed.ts'
import { verify } from './verify.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const START = Math.floor(Date.now() / DAY) * DAY - DAY - 10 * MINUTE
const scope = tenantScope('main')

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()
const [talking, silent] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]

// Twenty minutes around midnight; one agent falls silent after five.
for (const { agent } of [talking, silent])
  log.append('EVENTS', envelope({ aggregate: 'agent', id: agent, version: 1, events: [registered()] }))
for (let i = 0; i < 20; i++) {
  const receivedAtMs = START + i * MINUTE
  log.append(STREAM, talking.frame({ receivedAtMs }, observation(receivedAtMs, i)), tick(receivedAtMs))
  if (i < 5) log.append(STREAM, silent.frame({ receivedAtMs }, observation(receivedAtMs, i)))
}

function registered() {
  const value = { $typeName: 'secumon.v1.AgentRegistered' as const, name: 'a', tags: [], simulated: false }
  return { event: { case: 'agentRegistered' as const, value } }
}

const sources = (projector: Projector, streams: readonly string[]) => ({
  projector,
  streams,
  log,
  db,
  clock: systemClock,
  logger: pino({ level: 'silent' }),
  signal: new AbortController().signal,
})
const ofSamples = () => sources(samplesProjector(), [STREAM])
const ofAgents = () => sources(agentsProjector(), ['EVENTS', STREAM])

async function built(projector: Projector, streams: readonly string[]): Promise<void> {
  const loops: RunningLoop[] = streams.map((stream) => startLoop({ projector, log, db, stream }))
  for (const [i, stream] of streams.entries()) await loops[i]?.reached((await log.bounds(stream)).last)
  await Promise.all(loops.map((loop) => loop.stop()))
}

const seriesOf = (agent: string) =>
  querySeries(db, scope, {
    agent,
    keys: ['cpu.usage_percent'],
    fromMs: START,
    toMs: START + 20 * MINUTE,
    stepMs: MINUTE,
  })

async function newestOf(agent: string): Promise<string[]> {
  const { metrics, disks, networks, processes } = await latestRows(db, scope, agent)
  const rows = [...(metrics ? [metrics] : []), ...disks, ...networks, ...processes]
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

const countOf = async (table: string): Promise<number> =>
  (await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(db)).rows[0]?.n ?? 0

/** Of each part, on a machine that is busy. */
const BOUND = { timeout: 30_000 }

/** As code left it that knew neither the tables nor what is made of them. */
async function forgetCustomTables(schema: string): Promise<void> {
  for (const name of await tablesOf(db, schema))
    if (/^c(ustom|heck)_/.test(name))
      await sql`drop table if exists ${sql.table(`${schema}.${name}`)}`.execute(db)
}

test('what lies beyond the horizon of a rebuild', async (t) => {
  await built(samplesProjector(), [STREAM])
  await built(agentsProjector(), ['EVENTS', STREAM])
  const before = [await seriesOf(talking.agent), await seriesOf(silent.agent)]
  // Ten minutes of it lie on a day that is over, and all that there is of one agent.
  const newest = await newestOf(silent.agent)
  assert.equal(newest.length, 1 + 3 + 2 + 2)
  assert.match((await runOnce(packClosedDays, db)) ?? '', /^packed \d+ rows$/)
  assert.deepEqual([await seriesOf(talking.agent), await seriesOf(silent.agent)], before)
  assert.deepEqual(await newestOf(silent.agent), newest)
  const fleet = await Promise.all([talking, silent].map(({ agent }) => getAgent(untyped(db), scope, agent)))
  // Of the first fifteen minutes nothing is left, and there is no archive.
  const { last } = await log.bounds(STREAM)
  log.purge(STREAM, last - 10)

  await t.test('is not taken for one where the archive lies on another machine', BOUND, async () => {
    const directory = await temporaryDirectory({ after: (end) => t.after(end) })
    const archive = openArchiveReader({ directory, store: directoryStore(directory), keys: memoryKeys() })
    await db.insertInto('secumon.archive_progress').values({ flush: 7 }).execute()
    await assert.rejects(rebuild({ ...ofSamples(), archive, purpose: 'rebuild' }), ArchiveElsewhere)
    await db.deleteFrom('secumon.archive_progress').execute()
  })

  await t.test('is moved to schema sealed, and questions are answered from both', BOUND, async () => {
    await forgetCustomTables('samples_1')
    const { sealedRows, generation } = await rebuild({ ...ofSamples(), purpose: 'rebuild' })
    assert.equal(await countOf(`${generation.schema}.metrics`), 5)
    assert.equal(await countOf('sealed.metrics'), 20)
    assert.equal(await countOf('sealed.custom_metrics'), 0)
    assert.ok(sealedRows > 20)
    assert.deepEqual([await seriesOf(talking.agent), await seriesOf(silent.agent)], before)
  })

  await t.test('stays of agents that were silent all the time', BOUND, async () => {
    await rebuild({ ...ofAgents(), purpose: 'rebuild' })
    const now = await Promise.all([talking, silent].map(({ agent }) => getAgent(untyped(db), scope, agent)))
    assert.deepEqual(now[1], fleet[1])
    assert.deepEqual(
      [now[0]?.agent.cpu_percent, now[0]?.agent.status],
      [fleet[0]?.agent.cpu_percent, 'online'],
    )
    const summaries = await sql<{ summary: string }>`select summary from sealed.changes
      where agent_id = ${ulidToUuid(silent.agent)}`.execute(db)
    assert.ok(summaries.rows.some(({ summary }) => summary === 'pending → online'))
  })

  await t.test('is there once after an undo, too, and is left out of a comparison', BOUND, async () => {
    log.purge(STREAM, last - 6)
    await runOnce(packClosedDays, db, { clock: { nowMs: () => Date.now() + DAY } })
    const { shortened, tables } = await verify(ofSamples())
    assert.equal(shortened, 1)
    assert.ok(tables.every(({ onlyLive, onlyShadow }) => onlyLive + onlyShadow === 0))
    await forgetCustomTables('samples_2')
    const lacking = (await verify(ofSamples())).tables.filter(({ onlyShadow }) => onlyShadow > 0)
    assert.ok(
      lacking.some(({ table, rows, onlyLive }) => table === 'custom_metrics' && rows + onlyLive === 0),
    )
    assert.ok(lacking.every(({ table }) => /^(custom|check)_metrics$/.test(table)))
    await rebuild({ ...ofSamples(), purpose: 'undo' })
    assert.equal((await generationsOf(db, 'samples')).find(({ state }) => state === 'live')?.generation, 1)
    assert.deepEqual([await seriesOf(talking.agent), await seriesOf(silent.agent)], before)
  })

  await t.test('goes when its time has come', BOUND, async () => {
    assert.equal(await forgetSealed(db, samplesProjector(), Date.now()), 0)
    assert.ok((await forgetSealed(db, samplesProjector(), Date.now() + 31 * DAY)) > 20)
    assert.equal(await countOf('sealed.metrics'), 0)
  })
})
