import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { pino } from 'pino'
import { Exit } from './exit.ts'
import { safePosition } from './safe-position.ts'
import { requireShards } from './shards.ts'

const logger = pino({ level: 'silent' })

test('what the database remembers for an installation', async (t) => {
  const { url } = await testPostgres({ after: (cleanUp) => t.after(cleanUp) })
  const db = openDatabase({ url, poolSize: 2, applicationName: 'test', logger })
  await migrate(db)

  await t.test('the number of shards of the first start stays', async () => {
    await requireShards(db, 4)
    await requireShards(db, 4)
    await assert.rejects(requireShards(db, 2), (error) => error instanceof Exit && error.code === 78)
  })

  await t.test(
    'a stream may be forgotten up to what every live projection and the archive have taken',
    async () => {
      const projector = (name: string) => ({ name, version: 1 }) as const
      const stream = 'TELEMETRY_0'
      const heldFrom = (first: number) => ({
        bounds: async () => ({ first, last: first - 1, messages: 0, bytes: 0, maxBytes: 0 }),
        messageAt: async () => undefined,
      })
      const log = heldFrom(100)
      const loops = ['samples', 'agents'].map((name) => ({ projector: projector(name), stream }))
      assert.equal(await safePosition({ db, log, loops }, stream), undefined)
      const at = async (projection: string, version: number, position: number) =>
        db
          .insertInto('secumon.checkpoints')
          .values({ projection, version, stream, position, hash: null, fence: 1, marks: '[]' })
          .execute()
      const live = async (projection: string) =>
        db.insertInto('secumon.projection_live').values({ projection, version: 1, schema: 'x' }).execute()
      await at('samples', 1, 90)
      await live('samples')
      assert.equal(await safePosition({ db, log, loops }, stream), undefined, 'agents has not begun')
      await live('agents')
      await at('agents', 1, 70)
      await at('agents', 2, 5)
      assert.equal(await safePosition({ db, log, loops }, stream), undefined, 'the archive has not begun')
      await at('archive', 1, 80)
      assert.equal(
        await safePosition({ db, log, loops }, stream),
        70,
        'a generation that is not live does not count',
      )
      const rebuild = { projection: 'agents', generation: 2, purpose: 'rebuild', phase: 'archive' } as const
      await db.insertInto('secumon.rebuilds').values(rebuild).execute()
      assert.equal(await safePosition({ db, log, loops }, stream), 70, 'nor does one that reads the archive')
      await db.updateTable('secumon.rebuilds').set({ phase: 'log' }).execute()
      assert.equal(await safePosition({ db, log, loops }, stream), 5, 'one that reads the log does')
      await db
        .updateTable('secumon.checkpoints')
        .set({ committed_at: new Date(0) })
        .execute()
      assert.equal(await safePosition({ db, log, loops }, stream), 70, 'until nobody works on it any more')
      await db
        .updateTable('secumon.checkpoints')
        .set({ position: 60 })
        .where('projection', '=', 'archive')
        .execute()
      assert.equal(await safePosition({ db, log, loops }, stream), 60)
      const rolledBack = { db, log: heldFrom(61), loops }
      assert.equal(await safePosition(rolledBack, stream), undefined, 'positions of a log that is gone')
      assert.equal(await safePosition({ db, log, loops }, 'LOGS_0'), undefined, 'nobody takes it')
    },
  )

  await closeDatabase(db)
})
