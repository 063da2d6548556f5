// Lines in a compressed hypertable are the same lines.

import { closeDatabase, openDatabase, untyped } from '@secumon/infra/database/database'
import { unnestRows } from '@secumon/infra/database/unnest-rows'
import { testTimescale } from '@secumon/infra/testing/timescale'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { runOnce } from '../storage/testing/jobs.ts'
import { tenantScope } from '../tenant-scope.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId } from '../testing/recorded.ts'
import { RecordedLogs } from '../testing/recorded-logs.ts'
import { logCountCheck } from './counts/check-job.ts'
import { logIndex } from './index-job.ts'
import { postgresLogStore } from './queries/postgres-store.ts'
import { logsProjector } from './project.ts'

const DAY = 24 * 3_600_000
after(stopLoops)

test('old chunks are compressed, and found, counted and added to as before', async () => {
  const { url } = await testTimescale({ after })
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, poolSize: 6, applicationName: 'test', logger, timescale: 'full' })
  after(() => closeDatabase(db))
  await migrate(db)
  const now = Date.now()
  const lane = new RecordedLogs(agentId(1))
  const said = Array.from({ length: 200 }, (_, i) => ({
    atMs: now - i * 0.1 * DAY,
    message: `line ${i}`,
    severity: i % 9,
  }))
  const log = new MemoryLog()
  const loop = startLoop({ projector: logsProjector({ writeRows: unnestRows }), log, db, stream: 'LOGS_0' })
  log.append('LOGS_0', lane.lines({ receivedAtMs: now }, said))
  await loop.reached(1)
  const store = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 30_000 })
  const range = { fromMs: now - 25 * DAY, toMs: now + 1 }
  const read = async () => {
    const { lines } = await store.search(tenantScope('main'), { ...range, order: 'newest', limit: 1_000 })
    const { sources } = await store.facets(tenantScope('main'), range)
    return { messages: lines.map(({ message }) => message), counted: sources[0]?.count }
  }
  const before = await read()
  assert.deepEqual(before, { messages: said.map(({ message }) => message), counted: 200 })
  // No index reaches into what is compressed.
  assert.equal(await runOnce(logIndex, db), undefined)
  const { rows } = await sql<{ id: number }>`select job_id as id from timescaledb_information.jobs
    where proc_name = 'policy_compression' and hypertable_name = 'logs'`.execute(db)
  assert.equal(rows.length, 1)
  await sql`call run_job(${rows[0]?.id})`.execute(db)
  const { rows: chunks } = await sql<{ n: number }>`select count(*) as n from timescaledb_information.chunks
    where hypertable_name = 'logs' and is_compressed`.execute(db)
  assert.ok((chunks[0]?.n ?? 0) >= 10)
  assert.deepEqual(await read(), before)
  log.append('LOGS_0', lane.lines({ receivedAtMs: now }, [{ atMs: now - 20 * DAY - 1, message: 'late' }]))
  await loop.reached(2)
  assert.deepEqual(await read(), { messages: [...before.messages, 'late'], counted: 201 })
  log.append(
    'LOGS_0',
    lane.lines({ receivedAtMs: now }, [{ atMs: now - DAY, message: 'again', severity: 1 }]),
  )
  await loop.reached(3)
  const whole = await read()
  assert.equal(whole.counted, 202)
  assert.equal(await runOnce(logCountCheck, db, { clock: { nowMs: () => now } }), 'removed 1 rows')
  assert.deepEqual(await read(), whole)
  await loop.stop()
})
