import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { untyped } from '@secumon/infra/database/database'
import { DAY_MS, dropDaysBefore } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { pino } from 'pino'
import { generationsOf, type Generation } from '../../generations.ts'
import { rebuild } from '../../rebuild/rebuild.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { forgetSealed } from '../../rebuild/sealed.ts'
import { startLoop, stopLoops, systemClock } from '../../testing/loop.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { agentId, RecordedLane } from '../../testing/recorded.ts'
import { STREAM, testDatabase } from '../../testing/recorder.ts'
import { assertRollupsAreRight } from '../../testing/rollup-laws.ts'
import { samplesProjector } from '../project.ts'
import { raiseFloor } from '../retention-floor.ts'
import { observation } from '../samples.fixture.ts'
import { ROLLUPS } from './definitions.ts'
import { refreshRollups } from './refresh.ts'

const MINUTE_MS = 60_000
const TODAY = Math.floor(Date.now() / DAY_MS)
/** Rows of two hours around this midnight; and of some minutes long before. */
const MIDNIGHT = (TODAY - 3) * DAY_MS
const LONG_AGO = MIDNIGHT - 20 * DAY_MS
const BOUND = { timeout: 60_000 }

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()
const lanes = [1, 2].map((number) => new RecordedLane(agentId(number)))

function measured(fromMs: number, minutes: number): void {
  for (let i = 0; i < minutes; i++)
    for (const [n, lane] of lanes.entries()) {
      const atMs = fromMs + i * MINUTE_MS
      const parts = n === 1 && i > 50 ? [] : [observation(atMs, i), observation(atMs + 20_000, i + 7)]
      if (parts.length > 0) log.append(STREAM, lane.frame({ receivedAtMs: atMs + 30_000 }, ...parts))
    }
}

const live = async (): Promise<Generation> => {
  const found = (await generationsOf(db, 'samples')).find(({ state }) => state === 'live')
  assert.ok(found)
  return found
}

const refresh = async (): Promise<unknown> =>
  refreshRollups({
    db,
    generation: await live(),
    nowMs: Date.now(),
    signal: AbortSignal.timeout(30_000),
  })

/** What every rollup says of every hour, parts put together. */
async function said(): Promise<unknown> {
  const { schema } = await live()
  const sealed = await sql`select 1 from pg_namespace where nspname = ${SEALED_SCHEMA}`.execute(db)
  const schemas = sealed.rows.length > 0 ? [schema, SEALED_SCHEMA] : [schema]
  const answers = ROLLUPS.map(async ({ name, table }) => {
    const value = table === 'network_metrics' ? 'receive_bytes_sum' : 'rows'
    const parts = schemas.map((each) => sql`select * from ${sql.table(`${each}.${name}`)}`)
    const { rows } = await sql`select date_bin('1 hour', time, 'epoch') as hour, agent_id,
        sum(rows)::int as rows, sum(${sql.ref(value)})::float8 as sum
      from (${sql.join(parts, sql` union all `)}) r
      group by 1, 2 order by 1, 2`.execute(db)
    return [name, rows]
  })
  return Promise.all(answers)
}

async function floorsOfTenants(): Promise<unknown[][]> {
  const { generation } = await live()
  const floors = await db
    .selectFrom('secumon.tenant_floors')
    .selectAll()
    .where('version', '=', generation)
    .execute()
  return floors.map(({ relation, tenant_id, floor }) => [relation, tenant_id, floor])
}

async function areRight(fromMs = LONG_AGO + DAY_MS): Promise<void> {
  const { schema } = await live()
  await assertRollupsAreRight({ db: untyped(db), generation: { schema, packed: true }, fromMs })
  await assertRollupsAreRight({ db: untyped(db), generation: { schema: SEALED_SCHEMA }, fromMs })
}

const options = (purpose: 'rebuild' | 'undo', said: string[] = []) => ({
  projector: samplesProjector(),
  streams: [STREAM],
  log,
  db,
  clock: systemClock,
  logger: pino({ level: 'silent' }),
  signal: AbortSignal.timeout(60_000),
  purpose,
  onProgress: ({ detail }: { readonly detail: string | null }) => void (detail && said.push(detail)),
})

test('a rebuild that knows less of the past keeps its history', async (t) => {
  measured(LONG_AGO, 30)
  measured(MIDNIGHT - 75 * MINUTE_MS, 150)
  const loop = startLoop({ projector: samplesProjector(), log, db })
  const { last } = await log.bounds(STREAM)
  await loop.reached(last)
  await loop.stop()
  await refresh()
  // Of the first days the raw rows are gone, what was made of them is not.
  const { schema } = await live()
  for (const table of new Set(ROLLUPS.map((rollup) => rollup.table))) {
    const feeds = ROLLUPS.filter(({ source }) => source === table).map(({ name }) => name)
    const wantedMs = LONG_AGO + DAY_MS
    const { floorMs } = await raiseFloor(db, await live(), { relation: table, feeds, wantedMs })
    assert.equal(floorMs, wantedMs)
    await dropDaysBefore(db, { schema, table, beforeMs: wantedMs })
  }
  await raiseFloor(db, await live(), {
    relation: 'metrics_1hour',
    feeds: [],
    wantedMs: LONG_AGO - DAY_MS,
    tenant: 'small',
  })
  const before = await said()

  await t.test('in the generation and in schema sealed, each of its own rows', BOUND, async () => {
    log.purge(STREAM, last - 63)
    const told: string[] = []
    await rebuild(options('rebuild', told))
    assert.ok(told.some((detail) => detail.startsWith('metrics_5min made up to')))
    assert.deepEqual(await said(), before)
    await areRight()
    assert.deepEqual(await floorsOfTenants(), [['metrics_1hour', 'small', LONG_AGO - DAY_MS]])
  })

  await t.test('after an undo as well', BOUND, async () => {
    await rebuild(options('undo'))
    assert.equal((await live()).generation, 1)
    assert.deepEqual(await said(), before)
    await areRight()
  })

  await t.test('until its time has come', BOUND, async () => {
    await forgetSealed(db, samplesProjector(), MIDNIGHT + 400 * DAY_MS)
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from sealed.metrics_1hour`.execute(db)
    assert.equal(rows[0]?.n, 0)
  })
})
