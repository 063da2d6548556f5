import { untyped } from '@secumon/infra/database/database'
import { partitionName } from '@secumon/migrations/partitions'
import fc from 'fast-check'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { liveGeneration, liveSchema } from '../live-generation.ts'
import { runOnce } from '../storage/testing/jobs.ts'
import { tenantScope } from '../tenant-scope.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId } from '../testing/recorded.ts'
import { RecordedLogs, type SaidLine } from '../testing/recorded-logs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { logIndex } from './index-job.ts'
import { oldSnapshot } from './line-index.ts'
import { lineMatcher } from './queries/line-filter.ts'
import { hasTrigrams } from './queries/line-filter-trigrams.ts'
import type { LogLine } from './queries/log-line.ts'
import { linesStatement } from './queries/log-sql.ts'
import type { LineFilter } from './queries/log-store.ts'
import { postgresLogStore } from './queries/postgres-store.ts'
import { logsProjector } from './project.ts'

const DAY = 24 * 3_600_000
const TODAY = Math.floor(Date.now() / DAY)
const NOON = { nowMs: () => TODAY * DAY + DAY / 2 }
const RANGE = { fromMs: (TODAY - 5) * DAY, toMs: (TODAY + 1) * DAY }
after(stopLoops)
const db = await testDatabase({ after })
const store = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 60_000 })
const scope = tenantScope('main')
const lane = new RecordedLogs(agentId(1))
const log = new MemoryLog()
const loop = startLoop({ projector: logsProjector(), log, db, stream: 'LOGS_0' })
let appended = 0

async function write(...said: readonly SaidLine[]): Promise<void> {
  log.append('LOGS_0', lane.lines({ receivedAtMs: Date.now() }, said))
  await loop.reached(++appended)
}

/** What words of logs are made of, and what is between them. */
const PARTS = ['time', 'out', 'Timeout', 'ERR', 'error', 'größer', '日本', '10.0.0.1', 'GET /a?b=c', '100%', '_x_', '\\d', 'x'] // prettier-ignore
const BETWEEN = ['', ' ', '-', '/', '.', '": "', '\n', '\t']

/** The same ones each time. */
function random(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

function messages(count: number): string[] {
  const next = random(7)
  const one = <T>(values: readonly T[]): T | undefined => values[Math.floor(next() * values.length)]
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(next() * 6) }, () => `${one(PARTS)}${one(BETWEEN)}`).join(''),
  )
}

/** Of the lines that fill days they say nothing. */
const OTHERS = { without: { sources: ['filler'] } }

async function found(filter: LineFilter): Promise<LogLine[]> {
  return (await store.search(scope, { ...RANGE, ...filter, ...OTHERS, order: 'newest', limit: 1_000 })).lines
}

/** So many lines a day that reading them costs more than the index. */
async function fill(days: readonly number[]): Promise<void> {
  const { schema } = await liveGeneration(db, 'logs')
  for (const day of days) {
    const table = sql.table(`${schema}.${partition(day)}`)
    await sql`insert into ${table} select time + n * interval '1 ms', sequence, agent_id, epoch + n, line, severity,
      tenant_id, 'filler', unit, md5(n::text) || repeat(' -', 100), dropped
      from (select * from ${table} limit 1) t, generate_series(1, 4000) n`.execute(db)
    await sql`analyze ${table}`.execute(db)
  }
}

/** How a day is asked when it is asked by its index. */
async function planOf(day: number, searched: LineFilter): Promise<string> {
  const live = await liveGeneration(db, 'logs')
  const filter = { ...searched, ...OTHERS, fromMs: day * DAY, toMs: (day + 1) * DAY }
  const asked = { filter, order: 'newest', limit: 10, after: undefined, maxBytes: 1_000_000 } as const
  return db.transaction().execute(async (tx) => {
    await sql`set local enable_indexscan = off`.execute(tx)
    const explain = sql<{ 'QUERY PLAN': string }>`explain ${linesStatement({ live, scope }, asked)}`
    return (await explain.execute(tx)).rows.map((row) => row['QUERY PLAN']).join('\n')
  })
}

const BY_INDEX = /Bitmap Index Scan on logs_\d+_trigrams/

const partition = (day: number): string => partitionName({ table: 'logs', day })
const indexes = async (): Promise<unknown> =>
  (
    await sql`select c.relname as name, i.indisvalid as whole from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relname like '%trigrams' order by 1`.execute(db)
  ).rows

void describe('the index of days that are over', () => {
  const texts = [
    'timeout',
    'IMEOU',
    'größer',
    'GRÖSSER',
    '日本',
    '10.0',
    '100%',
    '_x_',
    '\\d',
    'x',
    'out/',
    '": "',
  ]
  const filters: LineFilter[] = [...texts, 'error timeout', 'time-out', 'a?b'].map((text) => ({ text }))
  filters.push({ words: ['timeout', 'error'] }, { words: ['out', 'x', 'GET'] })
  const regexes = [
    'time.?out',
    '(?i)ERR(or)?',
    '^GET',
    'ut$',
    '[0-9]{2}\\.0',
    '(x|out){2}',
    'größ',
    '\\mtime\\M',
    '.',
  ]
  const expressions: LineFilter[] = regexes.map((regex) => ({ regex }))
  let read: string[][]
  const answers = (): Promise<string[][]> =>
    Promise.all([...filters, ...expressions].map(async (one) => (await found(one)).map(({ id }) => id)))

  void test('is made of one day in a run, the newest first, and not of one that is open', async () => {
    const said = messages(300).map((message, i) => ({
      atMs: (TODAY - (i % 4)) * DAY + i * 1_000,
      message,
      severity: i % 8,
    }))
    await write(...said)
    await write({ atMs: (TODAY - 2) * DAY, message: 'x'.repeat(64 * 1024) })
    await write({
      atMs: (TODAY - 2) * DAY,
      message: messages(4_000)
        .join('')
        .slice(0, 64 * 1024),
    })
    read = await answers()
    const disk = async () => ({ freeBytes: 15_000_000, totalBytes: 100_000_000 })
    await assert.rejects(runOnce(logIndex, db, { clock: NOON, disk }), {
      name: 'NotYet',
      message: /^waits for room: an index would leave 14 % of the disk free, it needs 15 %$/,
    })
    await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => {
        await sql`select 1`.execute(tx)
        assert.match((await oldSnapshot(db, 0)) ?? '', /^waits for a transaction of "projections-test"/)
      })
    assert.equal(await oldSnapshot(db, 60_000), undefined)
    await assert.rejects(runOnce(logIndex, db, { clock: NOON }), {
      name: 'NotYet',
      message: /^indexed .*; 2 more to go$/,
    })
    assert.deepEqual(await indexes(), [{ name: `${partition(TODAY - 1)}_trigrams`, whole: true }])
    await assert.rejects(runOnce(logIndex, db, { clock: NOON }), { message: /1 more/ })
  })

  void test('that was broken off is made again', async () => {
    const schema = await liveSchema(db, 'logs')
    await db.transaction().execute(async (writing) => {
      // Who makes an index waits for those who write.
      await sql`insert into ${sql.table(`${schema}.${partition(TODAY - 3)}`)}
        select * from ${sql.table(`${schema}.${partition(TODAY - 3)}`)} limit 0`.execute(writing)
      const run = runOnce(logIndex, db, { clock: NOON })
      const broken = assert.rejects(run, /cancel/)
      for (let cancelled = 0; cancelled === 0;) {
        const { rows } = await sql`select pg_cancel_backend(pid) from pg_stat_activity
          where query like 'create index concurrently%' and wait_event_type = 'Lock'
            and datname = current_database()`.execute(db)
        cancelled = rows.length
      }
      await broken
    })
    assert.partialDeepStrictEqual(await indexes(), [
      { name: `${partition(TODAY - 3)}_trigrams`, whole: false },
    ])
    assert.match((await runOnce(logIndex, db, { clock: NOON })) ?? '', /^indexed \d{4}-\d\d-\d\d$/)
    assert.equal(await runOnce(logIndex, db, { clock: NOON }), undefined)
    assert.deepEqual(
      await indexes(),
      [3, 2, 1].map((ago) => ({ name: `${partition(TODAY - ago)}_trigrams`, whole: true })),
    )
  })

  void test('changes no answer, also of what comes late', async () => {
    await fill([TODAY - 3, TODAY - 2, TODAY - 1])
    for (const searched of [...filters, ...expressions].filter((each) => hasTrigrams(each, 'ascii')))
      assert.match(await planOf(TODAY - 2, searched), BY_INDEX, JSON.stringify(searched))
    assert.deepEqual(await answers(), read)
    await write(...messages(50).map((message, i) => ({ atMs: (TODAY - 2) * DAY + i, message })))
    const all = await found({})
    for (const filter of filters)
      assert.deepEqual(await found(filter), all.filter(lineMatcher(filter)), JSON.stringify(filter))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all.map(({ message }) => message).filter((m) => m.length < 1_000)),
        fc.nat(20),
        fc.integer({ min: 1, max: 12 }),
        async (message, from, length) => {
          const text = message.slice(from, from + length).toWellFormed()
          if (text === '' || text.includes('\uFFFD')) return
          const wanted = all.filter(lineMatcher({ text })).map(({ id }) => id)
          assert.deepEqual(
            (await found({ text })).map(({ id }) => id),
            wanted,
            JSON.stringify(text),
          )
        },
      ),
      { numRuns: 20 },
    )
  })

  void test('is what rare things are found by', async () => {
    for (const searched of [{ text: 'cfcd208495d565ef' }, { regex: 'cfcd20849[0-9]' }])
      assert.match(await planOf(TODAY - 1, searched), BY_INDEX)
  })
})

/** When the statement began that waits for a lock; undefined while none does. */
async function waitingSince(): Promise<number | undefined> {
  const { rows } = await sql<{ at: number }>`select query_start as at from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`.execute(db)
  return rows[0]?.at
}

test('what the index does not answer in time is read', async () => {
  const { schema } = await liveGeneration(db, 'logs')
  const search = { ...RANGE, text: 'timeout', order: 'newest', limit: 1_000 } as const
  const all = (await found(search)).map(({ id }) => id)
  const impatient = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 6_000 })
  const first = await db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(`${schema}.${partition(TODAY - 2)}`)} in access exclusive mode`.execute(
      tx,
    )
    let isDone = false
    const page = impatient.search(scope, search).finally(() => (isDone = true))
    let tried: number | undefined
    while (tried === undefined && !isDone) tried = await waitingSince()
    // Another one waits: the first was given up.
    for (let next = tried; (next === undefined || next === tried) && !isDone;) next = await waitingSince()
    assert.equal(isDone, false)
    return { page }
  })
  const ids: string[] = []
  for (let page = await first.page; ; page = await store.search(scope, { ...search, after: page.next })) {
    ids.push(...page.lines.map(({ id }) => id))
    if (!page.next) break
  }
  assert.deepEqual(ids, all)
})

test('a database without trigrams is said to have none, and days are read', async () => {
  await sql`drop extension pg_trgm cascade`.execute(db)
  await sql`create function public.refuse() returns event_trigger language plpgsql as
    $$ begin raise insufficient_privilege using message = 'not allowed here'; end $$`.execute(db)
  await sql`create event trigger refuse on ddl_command_start when tag in ('CREATE EXTENSION')
    execute function public.refuse()`.execute(db)
  assert.equal(await runOnce(logIndex, db, { clock: NOON }), 'searches read whole days: not allowed here')
  assert.ok((await found({ text: 'timeout' })).length > 0)
})
