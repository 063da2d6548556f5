import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { describeDatabase, timeSeriesDatabase, type WantedEdition } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { pino } from 'pino'
import { closeDatabase, openDatabase, untyped } from '../database/database.ts'
import { unnestRows } from '../database/unnest-rows.ts'
import { testTimescale } from './timescale.ts'

const server = await testTimescale({ after })
const open = (timescale: WantedEdition = 'auto') =>
  openDatabase({
    url: server.url,
    poolSize: 3,
    applicationName: 'test',
    logger: pino({ level: 'silent' }),
    timescale,
  })

test('connections take turns by transaction, errors end no turn, and a cleared database is as new', async () => {
  const db = open()
  await sql`create schema own`.execute(db)
  await sql`create table own.t (n integer)`.execute(db)
  const givenUp = db.transaction().execute(async (tx) => {
    await sql`insert into own.t values (1)`.execute(tx)
    await assert.rejects(sql`select 1 / 0`.execute(tx), { code: '22012' })
    throw new Error('given up')
  })
  const other = sql`insert into own.t values (2)`.execute(db)
  await assert.rejects(givenUp, /given up/)
  await other
  await assert.rejects(sql`selec`.execute(db), { code: '42601' })
  const { rows } = await sql`select n, 'epoch'::timestamptz as epoch from own.t`.execute(db)
  assert.deepEqual(rows, [{ n: 2, epoch: 0 }])
  await closeDatabase(db)
  await server.clear()
  const again = open()
  await assert.rejects(sql`select from own.t`.execute(again), { code: '42P01' })
  await closeDatabase(again)
})

test('a hypertable takes rows by unnest', async () => {
  const db = open()
  await sql`create table public.h (time timestamptz not null, value real)`.execute(db)
  await sql`select create_hypertable('public.h', 'time')`.execute(db)
  const writer = unnestRows({
    table: 'h',
    columns: [
      { name: 'time', kind: 'timestamptz' },
      { name: 'value', kind: 'real' },
    ],
  })
  for (let day = 0; day < 20; day++) {
    writer.row()
    writer.timestamptz(day * 86_400_000)
    writer.real(day)
  }
  await writer.write(untyped(db), 'public')
  const { rows } = await sql`select sum(value), (select count(*) from show_chunks('public.h')) as chunks
    from public.h`.execute(db)
  assert.deepEqual(rows, [{ sum: 190, chunks: 3 }])
  await closeDatabase(db)
})

async function found(wanted: WantedEdition) {
  const db = open(wanted)
  try {
    return await timeSeriesDatabase(db)
  } finally {
    await closeDatabase(db)
  }
}

test('it is found to be the full edition, and used as less where less is wanted', async () => {
  const name = /^PostgreSQL 17\.\d+, TimescaleDB 2\.\d+\.\d+\S* full edition/
  const full = await found('auto')
  assert.equal(full.edition, 'full')
  assert.match(describeDatabase(full), new RegExp(`${name.source}$`))
  for (const [wanted, as] of [
    ['apache', 'TimescaleDB Apache edition'],
    ['plain', 'plain PostgreSQL'],
  ] as const) {
    const used = await found(wanted)
    assert.equal(used.edition, wanted)
    assert.match(describeDatabase(used), new RegExp(`${name.source}, used as ${as}$`))
    await server.clear()
  }
})
