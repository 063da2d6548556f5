import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { testPostgres } from '@secumon/infra/testing/servers'
import { sql } from 'kysely'
import { pino } from 'pino'
import { migrate } from './migrate.ts'

const logger = pino({ level: 'silent' })
const databases: Database[] = []
after(() => Promise.all(databases.map(closeDatabase)))
const { url } = await testPostgres({ after })
for (let i = 0; i < 4; i++)
  databases.push(openDatabase({ url, poolSize: 2, applicationName: 'test', logger }))

test('several processes migrate an empty database at once, and each migration is applied once', async () => {
  const applied = await Promise.all(databases.map(migrate))
  assert.equal(new Set(applied.flat()).size, applied.flat().length)
  assert.ok(applied.flat().includes('0001_platform'))
})

test('migrating again changes nothing', async () => {
  const [db] = databases
  assert.ok(db)
  assert.deepEqual(await migrate(db), [])
})

test('bigints are numbers and times are epoch milliseconds', async () => {
  const [db] = databases
  assert.ok(db)
  const at = new Date('2026-03-01T12:00:00.123Z')
  await db
    .insertInto('secumon.leases')
    .values({ name: 'x', holder: 'me', fence: 2 ** 52, expires_at: at })
    .execute()
  const row = await db.selectFrom('secumon.leases').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(row, { name: 'x', holder: 'me', fence: 2 ** 52, expires_at: at.getTime() })
})

test('what was built before generations had numbers goes on under the number of its version', async () => {
  const [db] = databases
  assert.ok(db)
  for (const undo of [
    'drop table secumon.generations, secumon.rebuilds',
    'alter table secumon.agent_position drop column horizon_at',
    `delete from secumon.migrations where name = '0006_generations'`,
    `insert into secumon.projection_live (projection, version, schema) values ('samples', 1, 'samples_1')`,
  ])
    await sql.raw(undo).execute(db)
  assert.deepEqual(await migrate(db), ['0006_generations'])
  const {
    since: _,
    created_at: __,
    ...row
  } = await db.selectFrom('secumon.generations').selectAll().executeTakeFirstOrThrow()
  const generation = {
    projection: 'samples',
    generation: 1,
    code_version: 1,
    schema: 'samples_1',
    state: 'live',
  }
  assert.deepEqual(row, generation)
})

test('what a shard has heard is remembered by gateway in tables that were built before', async () => {
  const [db] = databases
  assert.ok(db)
  for (const undo of [
    'create schema agents_7',
    'create table agents_7.hearing (shard integer primary key, tick_ms bigint, gateway_seen_ms bigint, gateway_since_ms bigint)',
    'insert into agents_7.hearing values (0, 3, 2, 1)',
    `delete from secumon.migrations where name = '0009_listeners'`,
  ])
    await sql.raw(undo).execute(db)
  assert.deepEqual(await migrate(db), ['0009_listeners'])
  const { rows } = await sql`select * from agents_7.hearing`.execute(db)
  assert.deepEqual(rows, [{ shard: 0, tick_ms: 3, listeners: [] }])
})
