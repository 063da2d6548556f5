// The disk that the database lies on is really full while samples are written, rolled up, packed and dropped: nothing is
// lost or half done, and once there is room all of it goes on by itself. Where it is nearly full, the oldest day makes room.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chown, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { closeDatabase, openDatabase, untyped, type Database } from '@secumon/infra/database/database'
import { startPostgres, type PostgresServer } from '@secumon/infra/embedded/postgres'
import { postgresUser } from '@secumon/infra/embedded/postgres-user'
import { freeBytes, isDiskFull } from '@secumon/infra/log/reserve-file'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { CARELESS } from '@secumon/infra/testing/shared-postgres'
import { createPartition, DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { migrate } from '@secumon/migrations/migrate'
import { ensureGeneration, type Generation } from '@secumon/projections/generations'
import { allRows } from '@secumon/projections/samples/packed/all-rows'
import { packClosedDays } from '@secumon/projections/samples/packed/pack-closed-days'
import { samplesProjector } from '@secumon/projections/samples/project'
import { retention } from '@secumon/projections/samples/retention-job'
import { rollUp } from '@secumon/projections/samples/rollups/roll-up-job'
import { observation } from '@secumon/projections/samples/samples.fixture'
import { diskRoom } from '@secumon/projections/storage/disk-room-job'
import { runOnce, SILENT } from '@secumon/projections/storage/testing/jobs'
import { counted, startLoop, stopLoops } from '@secumon/projections/testing/loop'
import { MemoryLog } from '@secumon/projections/testing/memory-log'
import { agentId, RecordedLane } from '@secumon/projections/testing/recorded'
import { sql } from 'kysely'
import { pino } from 'pino'
import { databaseDisk } from './database-disk.ts'

const MIB = 1024 ** 2
const STREAM = 'TELEMETRY_0'
/** Days ago that there are rows of; the first is past its retention. */
const DAYS = [31, 9, 8]
const PERIOD_MS = 20_000
const AGENTS = 4
const ROWS_A_DAY = (AGENTS * DAY_MS) / PERIOD_MS
const today = Math.floor(Date.now() / DAY_MS)
const skip = process.getuid?.() !== 0 && 'needs root'
const BOUND = { skip, timeout: 60_000 }

let server: PostgresServer | undefined
let directory = ''
let path = ''
let db: Database
let live: Generation

/** Where PostgreSQL keeps all that it has is a small disk. */
async function mountSmallDisk(directory: string): Promise<void> {
  const user = await postgresUser(directory)
  await mkdir(user.directory, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=700', 'tmpfs', user.directory], {
    encoding: 'utf8',
  })
  path = user.directory
  // Where root has no namespace, somebody else runs it.
  if (user.kind === 'nobody') await chown(path, 65_534, 65_534)
}

/** Starts PostgreSQL, again if need be. */
async function start(): Promise<void> {
  await server?.child.stop('SIGQUIT')
  const small = { shared_buffers: '32MB', min_wal_size: '32MB', max_wal_size: '64MB', autovacuum: 'off' }
  const options = { directory, settings: { ...CARELESS, ...small }, guardAfterS: 0 }
  server = await startPostgres({ ...options, ...(server && { port: server.port }) })
}

/** Takes all room but so much; a segment of the database's log is begun before, so that it is not what fails. */
async function fill(leaveBytes = 0): Promise<void> {
  await sql`select pg_switch_wal()`.execute(db)
  await sql`checkpoint`.execute(db)
  const hog = await open(join(path, 'hog'), 'w')
  try {
    const chunk = Buffer.alloc(MIB / 4)
    for (let free = await freeBytes(path); free > leaveBytes; free = await freeBytes(path))
      await hog.write(chunk, 0, Math.min(chunk.length, free - leaveBytes))
  } catch (error) {
    // The database was quicker.
    if (!isDiskFull(error)) throw error
  } finally {
    await hog.close()
  }
}

const makeRoom = () => rm(join(path, 'hog'))

/** What is held, in figures that a lost or a doubled row changes. */
async function held(): Promise<{ rows: number; sum: string }> {
  const { rows } = await sql<{ rows: number; sum: string }>`select count(*)::int as rows,
      sum(memory_used_bytes * n.cpu_usage_percent)::text as sum
    from ${await allRows(untyped(db), { schema: live.schema, table: 'metrics' })} n`.execute(db)
  const [found] = rows
  assert.ok(found)
  return found
}

/** Of rollups: rows that they are made of, and buckets that say something else than their rows. */
async function rolledUp(relation: string) {
  const { rows } = await sql<{ rows: number; wrong: number }>`select coalesce(sum(rows), 0)::int as rows,
      count(*) filter (where rows <> cpu_usage_percent_count)::int as wrong
    from ${sql.table(`${live.schema}.${relation}`)}`.execute(db)
  return rows[0]
}

const isFull = /No space left on device/

async function tearDown(): Promise<void> {
  await stopLoops()
  if (db) await closeDatabase(db)
  await server?.child.stop('SIGQUIT')
  if (path !== '') execFileSync('umount', ['-l', path])
}

async function setUp(): Promise<void> {
  await mountSmallDisk(directory)
  await start()
  db = openDatabase({ url: server?.url ?? '', poolSize: 4, applicationName: 'test', logger: SILENT })
  await migrate(db)
  live = await ensureGeneration(db, samplesProjector())
  const agent = sql`('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid`
  await sql`insert into secumon.agent_position (projection, version, agent, lane, epoch, sequence, hash,
        horizon_epoch, horizon_sequence)
      select 'samples', ${live.generation}, ${agent}, 1, 1, 1, '', 1, 1 from generate_series(1, ${AGENTS}) n`.execute(
    db,
  )
  for (const age of DAYS) {
    await createPartition(db, { schema: live.schema, table: 'metrics', day: today - age })
    await sql`insert into ${sql.table(`${live.schema}.metrics`)}
          (time, agent_id, tenant_id, interval_ms, clock_corrected, cpu_usage_percent, memory_used_bytes)
        select t, ${agent}, 'main', ${PERIOD_MS}, false, n, extract(epoch from t)
        from generate_series(1, ${AGENTS}) n, generate_series(${new Date((today - age) * DAY_MS)}::timestamptz,
          ${new Date((today - age + 1) * DAY_MS - 1)}, ${`${PERIOD_MS / 1_000} s`}::interval) t`.execute(db)
  }
}

if (!skip) {
  directory = await temporaryDirectory({ after }, tearDown)
  // Where it may not be mounted, each test says so.
  before(setUp)
}

test('what comes meanwhile waits in the log, and is written once', BOUND, async () => {
  const log = new MemoryLog()
  const lane = new RecordedLane(agentId(1))
  const fromMs = (today - 1) * DAY_MS
  for (let i = 0; i < 100; i++)
    log.append(STREAM, lane.frame({ receivedAtMs: fromMs }, ...minuteFrom(fromMs + i * 60_000)))
  const earlier = await held()
  await fill()
  const loop = startLoop({ projector: samplesProjector(), log, db })
  await comesTrue('it was tried more than once', async () => (await counted(loop, 'failures')) >= 2)
  assert.deepEqual(await held(), earlier)
  await makeRoom()
  await loop.reached((await log.bounds(STREAM)).last)
  assert.equal(await counted(loop, 'dead_letters'), 0)
  await loop.stop()
  assert.equal((await held()).rows, earlier.rows + 600)
})

test('what is rolled up is whole or not there', BOUND, async () => {
  await fill()
  await assert.rejects(runOnce(rollUp, db), isFull)
  assert.equal((await rolledUp('metrics_5min'))?.wrong, 0)
  await makeRoom()
  await runOnce(rollUp, db)
  const { rows } = await held()
  for (const relation of ['metrics_5min', 'metrics_1hour'])
    assert.deepEqual(await rolledUp(relation), { rows, wrong: 0 })
})

test('a row is in one place, packed or not', BOUND, async () => {
  const earlier = await held()
  await fill()
  await assert.rejects(runOnce(packClosedDays, db), isFull)
  assert.deepEqual(await held(), earlier)
  await makeRoom()
  assert.match((await runOnce(packClosedDays, db)) ?? '', /^packed \d+ rows$/)
  assert.deepEqual(await held(), earlier)
})

test('what is due goes as soon as it can, and nothing else', BOUND, async () => {
  const [earlier, rolled] = [await held(), await rolledUp('metrics_5min')]
  await fill()
  await runOnce(retention, db).catch((error: unknown) => assert.match(String(error), isFull))
  await makeRoom()
  await runOnce(retention, db)
  assert.equal((await held()).rows, earlier.rows - ROWS_A_DAY)
  assert.deepEqual(await rolledUp('metrics_5min'), rolled)
})

test('a database that dies of it goes on when it is started again', BOUND, async () => {
  const [earlier, rolled] = [await held(), await rolledUp('metrics_5min')]
  await fill()
  // Its own log has no room either.
  await assert.rejects(async () => {
    await sql`select pg_logical_emit_message(true, 'test', repeat('x', ${100 * MIB}))`.execute(db)
    await sql`checkpoint`.execute(db)
  })
  await makeRoom()
  await start()
  await comesTrue('it answers', () =>
    sql`select`.execute(db).then(
      () => true,
      () => false,
    ),
  )
  assert.deepEqual(await held(), earlier)
  assert.deepEqual(await rolledUp('metrics_5min'), rolled)
})

test('where it is nearly full, the oldest day goes, loudly, until there is room', BOUND, async () => {
  const said: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) })
  const look = () =>
    runOnce(diskRoom, db, {
      logger,
      disk: databaseDisk({ dataDirectory: path, databaseDiskGb: undefined }),
    })
  assert.equal(await look(), undefined)
  await fill(15 * MIB)
  const earlier = await held()
  assert.match((await look()) ?? '', /^dropped 20\S+ before its retention: make room$/)
  assert.match(said.join(''), /"level":50.*nearly full.*"level":40.*a day was dropped before its retention/s)
  assert.equal((await held()).rows, earlier.rows - ROWS_A_DAY)
  assert.ok(!(await listPartitions(db, live.schema)).get('metrics_packed')?.includes(today - 9))
  await makeRoom()
  assert.equal(await look(), undefined)
  assert.equal((await held()).rows, earlier.rows - ROWS_A_DAY)
})

const minuteFrom = (ms: number) => Array.from({ length: 6 }, (_, i) => observation(ms + i * 10_000, i))
