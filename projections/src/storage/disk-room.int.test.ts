import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createPartition, DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration } from '../generations.ts'
import { samplesProjector } from '../samples/project.ts'
import { ROLLUPS } from '../samples/rollups/definitions.ts'
import { testDatabase } from '../testing/recorder.ts'
import { diskRoom } from './disk-room-job.ts'
import { readDiskFact } from './disk-space.ts'
import { NotYet, type JobContext, type StorageJob } from './storage-job.ts'
import { runOnce as runJobOnce } from './testing/jobs.ts'

const db = await testDatabase({ after })
const nowMs = Date.now()
const today = Math.floor(nowMs / DAY_MS)
const runOnce = (job: StorageJob, given: Partial<JobContext> = {}) =>
  runJobOnce(job, db, { clock: { nowMs: () => nowMs }, settledMs: nowMs, ...given })
const { schema, generation } = await ensureGeneration(db, samplesProjector())
const held = async () =>
  ((await listPartitions(db, schema)).get('metrics') ?? [])
    .map((day) => today - day)
    .filter((days) => days > 2)
    .toSorted((a, b) => b - a)

/** A disk of 1,000 bytes on which each day takes 20. */
const disk = async () => ({ totalBytes: 1_000, freeBytes: 190 - 20 * (await held()).length })

for (const { name } of ROLLUPS)
  await sql`insert into secumon.rollups values ('samples', ${generation}, ${name}, now(), now())
    on conflict (projection, version, relation) do update set until = now(), stepping_to = now()`.execute(db)

async function fill(days: readonly number[]): Promise<void> {
  for (const age of days) await createPartition(db, { schema, table: 'metrics', day: today - age })
}

test('nothing goes while there is room, nor where nobody can look, nor by a clock that has not stood', async () => {
  await fill([9, 8, 7, 6])
  await runOnce(diskRoom, { disk })
  assert.match((await runOnce(diskRoom)) ?? '', /is not known/)
  assert.equal((await readDiskFact(db))?.space, null)
  await fill([5])
  await assert.rejects(runOnce(diskRoom, { disk, settledMs: undefined }), NotYet)
  assert.deepEqual(await held(), [9, 8, 7, 6, 5])
})

test('where there is too little, the oldest day goes, one each time, until there is enough', async () => {
  await fill([10])
  assert.match((await runOnce(diskRoom, { disk })) ?? '', /^dropped 20\S+ before its retention/)
  assert.deepEqual(await held(), [9, 8, 7, 6, 5])
  await runOnce(diskRoom, { disk })
  assert.deepEqual(await held(), [8, 7, 6, 5])
  assert.equal(await runOnce(diskRoom, { disk }), undefined)
  assert.deepEqual(await held(), [8, 7, 6, 5])
  assert.deepEqual((await readDiskFact(db))?.space, { totalBytes: 1_000, freeBytes: 110 })
  const floor = await db
    .selectFrom('secumon.floors')
    .select('floor')
    .where('relation', '=', 'metrics')
    .executeTakeFirstOrThrow()
  assert.equal(floor.floor, (today - 8) * DAY_MS)
})

test('the last three days stay, however little there is', async () => {
  const full = () => Promise.resolve({ totalBytes: 1_000, freeBytes: 0 })
  await fill([4, 3])
  for (let runs = 0; runs < 5; runs++) await runOnce(diskRoom, { disk: full })
  assert.deepEqual(await held(), [3])
  assert.match((await runOnce(diskRoom, { disk: full })) ?? '', /only the last 3 days are left/)
  assert.deepEqual(await held(), [3])
})

test('a table that has to wait keeps its days, and no other table its own', async () => {
  await fill([9, 8])
  for (const age of [9, 8]) await createPartition(db, { schema, table: 'disk_metrics', day: today - age })
  await sql`delete from secumon.floors`.execute(db)
  await sql`insert into secumon.rollup_dirty values ('samples', ${generation}, 'metrics_5min',
    '00000000-0000-0000-0000-00000000000a', ${new Date((today - 9) * DAY_MS)})`.execute(db)
  const full = () => Promise.resolve({ totalBytes: 1_000, freeBytes: 0 })
  const heldOfDisks = async () => (await listPartitions(db, schema)).get('disk_metrics') ?? []
  for (const left of [[today - 8], []]) {
    assert.match((await runOnce(diskRoom, { disk: full })) ?? '', /^dropped/)
    assert.deepEqual(
      (await heldOfDisks()).filter((day) => day < today - 3),
      left,
    )
  }
  assert.match((await runOnce(diskRoom, { disk: full })) ?? '', /^metrics waits for metrics_5min, which/)
  assert.deepEqual(await held(), [9, 8, 3])
  await sql`delete from secumon.rollup_dirty`.execute(db)
  for (let runs = 0; runs < 2; runs++) await runOnce(diskRoom, { disk: full })
  assert.deepEqual(await held(), [3])
})

test('packs of a day go with it', async () => {
  await fill([9])
  await createPartition(db, { schema, table: 'metrics_packed', day: today - 9 })
  await sql`delete from secumon.floors`.execute(db)
  const full = () => Promise.resolve({ totalBytes: 1_000, freeBytes: 0 })
  await runOnce(diskRoom, { disk: full })
  assert.ok(!(await listPartitions(db, schema)).get('metrics_packed')?.includes(today - 9))
})

test('beside a rebuild, which takes the room, nothing goes', async () => {
  await fill([9])
  const begin = (state: 'building' | 'retired') =>
    db
      .insertInto('secumon.generations')
      .values({ projection: 'samples', generation: 99, code_version: 1, schema: 'samples_99', state })
      .onConflict((conflict) => conflict.columns(['projection', 'generation']).doUpdateSet({ state }))
      .execute()
  const full = () => Promise.resolve({ totalBytes: 1_000, freeBytes: 0 })
  await begin('building')
  await assert.rejects(
    runOnce(diskRoom, { disk: full }),
    /a rebuild of samples takes the room .*cancel samples/,
  )
  assert.ok((await held()).includes(9))
  await begin('retired')
  await runOnce(diskRoom, { disk: full })
  assert.ok(!(await held()).includes(9))
})
