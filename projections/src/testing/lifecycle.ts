// What becomes of samples in a year, as one suite for every edition of the database: rolled up as they come, on time or
// late; dropped when their time is over, and not before; read across all of it as if it were one relation.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { untyped } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { liveGeneration } from '../live-generation.ts'
import { heldRows } from '../samples/held-rows.ts'
import { querySeries } from '../samples/queries.ts'
import { retention } from '../samples/retention-job.ts'
import { ROLLUPS } from '../samples/rollups/definitions.ts'
import { rollUp } from '../samples/rollups/roll-up-job.ts'
import { observation } from '../samples/samples.fixture.ts'
import { SAMPLE_TABLES } from '../samples/tables.ts'
import { DEFAULT_KEPT_DAYS } from '../storage/kept-days.ts'
import { tenantScope } from '../tenant-scope.ts'
import { live, maintain, rebuilt, runJob, type Life } from './life.ts'
import type { Appended } from './memory-log.ts'
import { agentId, RecordedLane } from './recorded.ts'
import { assertRollupsAreRight } from './rollup-laws.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const NOW = Date.now()
const TODAY = Math.floor(NOW / DAY_MS) * DAY_MS
const SCOPE = tenantScope('main')
/** Of each part, on a machine that is busy. */
const BOUND = { timeout: 120_000 }

/** Days ago of which there is something: each side of every relation's retention, and of what is refreshed by itself. */
const DAYS_AGO = [110, 31, 29, 10, 5, 1]
const ROWS_FROM = TODAY - DEFAULT_KEPT_DAYS.raw * DAY_MS
const MINUTES_FROM = TODAY - DEFAULT_KEPT_DAYS.rollup5min * DAY_MS

type Answers = readonly Awaited<ReturnType<typeof answerOf>>[]

/**
 * Runs all parts, one after the other, on an empty database that is brought to its schema; returns what is answered from
 * then on.
 */
export async function lifecycle(t: TestContext, life: Life): Promise<Answers> {
  const lanes = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2), 'other')]
  const [lane = new RecordedLane(agentId(1))] = lanes
  const isRight = async (fromMs?: number) =>
    assertRollupsAreRight({
      db: untyped(life.db),
      generation: await liveGeneration(life.db, 'samples'),
      ...(fromMs !== undefined && { fromMs }),
    })

  await t.test('rollups are what anybody computes from the rows', BOUND, async () => {
    const times = DAYS_AGO.map((days) => TODAY - days * DAY_MS + 20 * HOUR_MS)
    const all = [...times, NOW - 2.5 * HOUR_MS]
    await live(life, ...all.flatMap((atMs) => lanes.map((each) => frameOf(each, { atMs }))))
    // Also where the database does nothing by itself.
    await runJob(life, rollUp)
    await isRight()
    await maintain(life)
    assert.ok((await isRight()) > 120)
  })

  await t.test('so they are with rows that come three days late', BOUND, async () => {
    await live(life, frameOf(lane, { atMs: acrossTheHour(NOW - 3 * DAY_MS), receivedAtMs: NOW }))
    await maintain(life)
    await isRight()
  })

  await t.test('and with rows of a day that was closed long ago', BOUND, async () => {
    await live(life, frameOf(lane, { atMs: TODAY - 10 * DAY_MS + 21 * HOUR_MS, receivedAtMs: NOW }))
    await live(life, frameOf(lane, { atMs: TODAY - 7 * DAY_MS + 3 * HOUR_MS, receivedAtMs: NOW }))
    await maintain(life)
    await isRight()
    assert.equal(await marksOf(life), 0)
  })

  const before = await contentOf(life)
  const asked = await Promise.all(QUESTIONS.map((question) => answerOf(life, question)))

  await t.test('retention drops what is due, and nothing else', BOUND, async () => {
    await runJob(life, retention)
    const after = await contentOf(life)
    for (const { table } of SAMPLE_TABLES)
      assert.deepEqual(after[table], since(before[table], ROWS_FROM), table)
    for (const { name, resolutionMs } of ROLLUPS)
      assert.deepEqual(
        after[name],
        resolutionMs < HOUR_MS ? since(before[name], MINUTES_FROM) : before[name],
        name,
      )
  })

  await t.test('what comes for a day that was dropped changes no rollup, and is counted', BOUND, async () => {
    const atMs = TODAY - 31 * DAY_MS + 20 * HOUR_MS
    await live(life, frameOf(new RecordedLane(agentId(3)), { atMs }))
    await maintain(life)
    const after = await contentOf(life)
    for (const { name } of ROLLUPS)
      assert.deepEqual(after[name], since(before[name], name === 'metrics_5min' ? MINUTES_FROM : 0), name)
    assert.equal(await marksOf(life), 0)
    assert.ok((await tooLateOf(life)) > 0)
  })

  await t.test(
    'a question is answered across rows, minutes and hours as it was from rows alone',
    BOUND,
    async () => {
      for (const [i, question] of QUESTIONS.entries())
        assert.deepEqual(await answerOf(life, question), asked[i], JSON.stringify(question))
    },
  )

  return asked
}

/** After `lifecycle`, on what it left: another generation takes the place, and it is taken back. */
export async function nextGeneration(t: TestContext, life: Life, answers: Answers): Promise<void> {
  const { last } = await life.log.bounds('TELEMETRY_0')
  life.log.purge('TELEMETRY_0', last - 6)
  for (const purpose of ['rebuild', 'undo'] as const)
    await t.test(`so it is after the ${purpose} of a generation`, BOUND, async () => {
      await rebuilt(life, purpose)
      for (const [i, question] of QUESTIONS.entries())
        assert.deepEqual(await answerOf(life, question), answers[i], JSON.stringify(question))
    })
}

const QUESTIONS = [
  { keys: ['cpu.usage_percent', 'memory.used_bytes'], days: 111, stepMs: HOUR_MS },
  { keys: ['network.receive_bytes'], days: 111, stepMs: 6 * HOUR_MS },
  { keys: ['cpu.usage_percent'], days: 32, stepMs: 10 * MINUTE_MS },
  { keys: ['disk.usage_percent'], days: 34, stepMs: 2 * HOUR_MS, aggregation: 'max' },
  { keys: ['check.duration_ms', 'check.certificate_days_left'], days: 111, stepMs: HOUR_MS },
  { keys: ['custom.queue_length', 'custom.requests_total'], days: 111, stepMs: 6 * HOUR_MS },
] as const

type Question = (typeof QUESTIONS)[number]

// As a process that has just started, which remembers nothing of where relations begin.
async function answerOf({ db }: Life, { days, ...question }: Question) {
  const asked = { ...question, agent: agentId(1), fromMs: TODAY - days * DAY_MS, toMs: NOW }
  const { step, times, series } = await querySeries(db.withTables(), SCOPE, asked)
  const points = series.map(({ key, name, values }) => [
    key,
    name,
    values.flatMap((value, i) => (value === null ? [] : [[times[i], value]])),
  ])
  return { step, points }
}

/** Half an hour from then on lies in two buckets of an hour. */
const acrossTheHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS + 40 * MINUTE_MS

/** Four observations in half an hour, in one frame. */
function frameOf(lane: RecordedLane, { atMs, receivedAtMs = atMs + HOUR_MS }: Sent): Appended {
  const observations = Array.from({ length: 4 }, (_, i) =>
    observation(atMs + i * 8 * MINUTE_MS, (lane.sequence * 4 + i) % 90),
  )
  return lane.frame({ receivedAtMs }, ...observations)
}

type Sent = { readonly atMs: number; readonly receivedAtMs?: number }

type Content = Readonly<Record<string, readonly (readonly [timeMs: number, row: string])[]>>

/** All rows of the live generation, by relation. */
async function contentOf({ db }: Life): Promise<Content> {
  const place = await liveGeneration(db, 'samples')
  const content: Record<string, [number, string][]> = {}
  for (const name of [...SAMPLE_TABLES.map(({ table }) => table), ...ROLLUPS.map((rollup) => rollup.name)]) {
    const { rows } = await sql<{
      time: number
      row: string
    }>`select r.time, r.time || ' ' || md5(to_jsonb(r)::text) as row
      from ${heldRows(place, { relation: name })} as r order by 1, 2`.execute(db)
    content[name] = rows.map(({ time, row }) => [time, row])
  }
  return content
}

const since = (rows: Content[string] = [], fromMs: number): Content[string] =>
  rows.filter(([timeMs]) => timeMs >= fromMs)

async function marksOf({ db }: Life): Promise<number> {
  const { rows } = await sql`select from secumon.rollup_dirty`.execute(db)
  return rows.length
}

async function tooLateOf({ db }: Life): Promise<number> {
  const floors = await db.selectFrom('secumon.floors').select('late_rows').execute()
  return floors.reduce((sum, { late_rows: rows }) => sum + rows, 0)
}
