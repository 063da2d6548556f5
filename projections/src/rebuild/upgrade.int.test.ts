import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { generationsOf } from '../generations.ts'
import { liveSchema } from '../live-generation.ts'
import type { GenerationTx, Projector } from '../projector.ts'
import { eventually } from '../testing/archiver.ts'
import { startLoop, stopLoops, systemClock } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { frames, STREAM, testDatabase } from '../testing/recorder.ts'
import { rebuild, upgrading } from './rebuild.ts'

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()
const lane = new RecordedLane(agentId(1))

/** Writes each frame's sequence times the version of its code. */
const projectorOf = (version: number): Projector => ({
  name: 'products',
  version,
  feeds: ['telemetry'],
  sink: 'sql',
  async createTables(made, schema) {
    await sql`create table ${sql.table(`${schema}.products`)} (value bigint not null)`.execute(made)
  },
  async project(batch, tx: GenerationTx, schema) {
    for (const fact of batch)
      if (fact.kind === 'frame')
        await sql`insert into ${sql.table(`${schema}.products`)} values (${fact.header.sequence * version})`.execute(
          tx,
        )
    return undefined
  },
})

const common = { streams: [STREAM], log, db, clock: systemClock, logger: pino({ level: 'silent' }) }
const loopOf = (version: number) => {
  const options = { ...common, projector: projectorOf(version), signal: new AbortController().signal }
  return startLoop({ projector: projectorOf(version), log, db, upgrade: upgrading(options) })
}

async function products(): Promise<number[]> {
  const schema = await liveSchema(db, 'products')
  const { rows } = await sql<{
    value: number
  }>`select value from ${sql.table(`${schema}.products`)} order by 1`.execute(db)
  return rows.map(({ value }) => value)
}

const times = (count: number, version: number): number[] =>
  Array.from({ length: count }, (_, i) => (i + 1) * version)

const states = async () =>
  (await generationsOf(db, 'products')).map(({ generation, codeVersion, state }) => [
    generation,
    codeVersion,
    state,
  ])

test('newer code builds beside what older code has built, and takes over when it has everything', async () => {
  log.append(STREAM, ...frames(lane, 10))
  const older = loopOf(1)
  await older.reached(10)
  const newer = loopOf(2)
  await eventually('the newer generation is live', async () => (await states())[1]?.[2] === 'live')
  assert.deepEqual(await states(), [
    [1, 1, 'retired'],
    [2, 2, 'live'],
  ])
  log.append(STREAM, ...frames(lane, 5))
  await newer.reached(15)
  await eventually('queries follow', async () => (await products()).length === 15)
  assert.deepEqual(await products(), times(15, 2))

  // The older program is turned away with its next commit, and stays away.
  const { rows } = await sql<{ value: number }>`select value from products_1.products`.execute(db)
  assert.equal(rows.length, 10)
  await Promise.all([older.stop(), newer.stop()])
})

test('older code goes back to what it has built', async () => {
  const undo = { ...common, projector: projectorOf(1), signal: new AbortController().signal }
  await rebuild({ ...undo, purpose: 'undo' })
  assert.deepEqual(await states(), [
    [1, 1, 'live'],
    [2, 2, 'retired'],
  ])
  await eventually('queries follow', async () => (await products())[0] === 1)
  assert.deepEqual(await products(), times(15, 1))
})
