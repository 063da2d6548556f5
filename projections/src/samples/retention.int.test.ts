import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY_MS, createPartition, listPartitions } from '@secumon/migrations/partitions'
import { ensureGeneration } from '../generations.ts'
import { NotYet } from '../storage/storage-job.ts'
import { runOnce } from '../storage/testing/jobs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { daysAhead } from './days-ahead-job.ts'
import { samplesProjector } from './project.ts'
import { retention } from './retention-job.ts'

const db = await testDatabase({ after })

test('by a settled clock it drops what is past retention, dead letters included, and nothing else', async () => {
  const { schema } = await ensureGeneration(db, samplesProjector())
  const today = Math.floor(Date.now() / DAY_MS)
  for (const age of [40, 20]) {
    await createPartition(db, { schema, table: 'metrics', day: today - age })
    const at = new Date(Date.now() - age * DAY_MS)
    const letter = { projection: 'samples', version: 1, stream: 'S', subject: 's', payload: new Uint8Array() }
    await db
      .insertInto('secumon.dead_letters')
      .values({ ...letter, position: age, headers: '{}', error: '', at })
      .execute()
  }
  const held = async () => (await listPartitions(db, schema)).get('metrics') ?? []
  const letters = () => db.selectFrom('secumon.dead_letters').select('position').orderBy('position').execute()

  await assert.rejects(runOnce(retention, db, { settledMs: undefined }), NotYet)
  await runOnce(daysAhead, db)
  assert.ok((await held()).includes(today - 40) && (await held()).includes(today + 1))
  assert.deepEqual(await letters(), [{ position: 20 }, { position: 40 }])

  await runOnce(retention, db)
  assert.ok(!(await held()).includes(today - 40) && (await held()).includes(today - 20))
  assert.deepEqual(await letters(), [{ position: 20 }])
})
