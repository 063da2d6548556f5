import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration } from '../../generations.ts'
import { testDatabase } from '../../testing/recorder.ts'
import { samplesProjector } from '../project.ts'
import { ROLLUPS } from './definitions.ts'
import { endedDays, gatherRows } from './gather-day.ts'

const HOUR_MS = 3_600_000
const DAY = Math.floor(Date.now() / DAY_MS) * DAY_MS - 3 * DAY_MS
const AGENTS = Array.from({ length: 100 }, (_, i) => `00000000-0000-0000-0000-${`${i}`.padStart(12, '0')}`)

const db = await testDatabase({ after })

test('days are over when a rollup is brought beyond midnight', () => {
  assert.equal(endedDays({ fromMs: DAY, toMs: DAY + 23 * HOUR_MS }), undefined)
  assert.deepEqual(endedDays({ fromMs: DAY + 23 * HOUR_MS, toMs: DAY + 25 * HOUR_MS }), {
    fromMs: DAY,
    toMs: DAY + DAY_MS,
  })
})

test('rows of an agent lie together afterwards, and are the same', async () => {
  const { projection, generation: version, schema } = await ensureGeneration(db, samplesProjector())
  const [rollup] = ROLLUPS.filter(({ name }) => name === 'metrics_1hour')
  assert.ok(rollup)
  const table = sql.table(`${schema}.${rollup.name}`)
  await sql`insert into ${table} (time, agent_id, tenant_id, rows, interval_ms, cpu_usage_percent_avg)
    select t, a::uuid, 'main', 360, 10000, extract(hour from t) from
      generate_series(${new Date(DAY)}::timestamptz, ${new Date(DAY + 25 * HOUR_MS)}::timestamptz, '1 hour') as t
      cross join unnest(${AGENTS}::text[]) as a order by t, a`.execute(db)
  const held = async () =>
    (
      await sql<{ rows: string }>`select md5(string_agg(r::text, ',' order by r.agent_id, r.time)) as rows
      from ${table} as r`.execute(db)
    ).rows
  const pages = async () =>
    (
      await sql<{ n: number }>`select count(distinct (ctid::text::point)[0])::int as n from ${table}
      where agent_id = ${AGENTS[7]}::uuid and time < ${new Date(DAY + DAY_MS)}`.execute(db)
    ).rows[0]?.n ?? 0
  const [rows, scattered] = [await held(), await pages()]
  const place = { projection, version, schema, packed: false }
  const range = { fromMs: DAY, toMs: DAY + DAY_MS }
  await db.transaction().execute((tx) => gatherRows(tx, place, { ...range, rollup, agents: AGENTS }))
  assert.deepEqual(await held(), rows)
  assert.ok(scattered >= 20 && (await pages()) <= 2, `${scattered} pages became ${await pages()}`)
})
