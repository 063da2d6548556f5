import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { generationsOf } from '../generations.ts'
import { liveSchema } from '../live-generation.ts'
import type { Projector } from '../projector.ts'
import { eventually } from '../testing/archiver.ts'
import { startLoop, stopLoops, systemClock } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { frames, STREAM, testDatabase } from '../testing/recorder.ts'
import { upgrading } from './rebuild.ts'
import { awaitRebuild } from './restored.ts'

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()

const projector: Projector = {
  name: 'counts',
  version: 1,
  feeds: ['telemetry'],
  sink: 'sql',
  async createTables(made, schema) {
    await sql`create table ${sql.table(`${schema}.counts`)} (value bigint not null)`.execute(made)
  },
  async project(batch, tx, schema) {
    const count = batch.filter(({ kind }) => kind === 'frame').length
    await sql`insert into ${sql.table(`${schema}.counts`)} values (${count})`.execute(tx)
    return undefined
  },
}

const total = async () => {
  const table = sql.table(`${await liveSchema(db, 'counts')}.counts`)
  const { rows } = await sql<{ total: number }>`select sum(value)::int as total from ${table}`.execute(db)
  return rows[0]?.total
}

test('after a restore a projection can be read at once, and is built before its loop goes on', async () => {
  await awaitRebuild(db, [projector])
  await awaitRebuild(db, [projector])
  assert.equal(await total(), null)
  const lane = new RecordedLane(agentId(1))
  log.append(STREAM, ...frames(lane, 10))
  const signal = new AbortController().signal
  const sources = { streams: [STREAM], log, db, clock: systemClock, logger: pino({ level: 'silent' }) }
  const upgrade = upgrading({ ...sources, projector, signal })
  const loop = startLoop({ projector, log, db, upgrade })
  const states = async () => (await generationsOf(db, 'counts')).map(({ state }) => state).join(' ')
  await eventually('the built one is live', async () => (await states()) === 'retired live')
  log.append(STREAM, ...frames(lane, 5))
  await loop.reached(15)
  const schema = (await generationsOf(db, 'counts'))[1]?.schema
  const { rows } = await sql`select sum(value)::int as total from ${sql.table(`${schema}.counts`)}`.execute(
    db,
  )
  assert.deepEqual(rows, [{ total: 15 }])
  await loop.stop()
})
