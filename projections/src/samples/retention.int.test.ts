import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY_MS, createPartition, listPartitions } from '@secumon/migrations/partitions'
import { pino } from 'pino'
import { ensureGeneration } from '../generations.ts'
import { systemClock } from '../testing/loop.ts'
import { testDatabase } from '../testing/recorder.ts'
import { samplesProjector } from './project.ts'
import { startRetention } from './retention.ts'

const db = await testDatabase({ after })

test('at its start it drops what is past retention, dead letters included, and nothing else', async () => {
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
  const { promise, resolve } = Promise.withResolvers<void>()
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => line.includes('days of the sample tables') && resolve() },
  )
  const retention = startRetention({ db, clock: systemClock, logger })
  await promise
  await retention.stop()
  const days = (await listPartitions(db, schema)).get('metrics') ?? []
  assert.ok(!days.includes(today - 40) && days.includes(today - 20))
  const letters = await db.selectFrom('secumon.dead_letters').select('position').execute()
  assert.deepEqual(letters, [{ position: 20 }])
})
