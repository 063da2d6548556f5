// What a rebuild can no longer know is counted where it was set aside, and everything once.

import { untyped } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { liveSchema } from '../../live-generation.ts'
import { rebuild } from '../../rebuild/rebuild.ts'
import { verify } from '../../rebuild/verify.ts'
import { tenantScope } from '../../tenant-scope.ts'
import { startLoop, stopLoops, systemClock } from '../../testing/loop.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { agentId } from '../../testing/recorded.ts'
import { RecordedLogs } from '../../testing/recorded-logs.ts'
import { testDatabase } from '../../testing/recorder.ts'
import { postgresLogStore } from '../queries/postgres-store.ts'
import { logsProjector } from '../project.ts'

const STREAM = 'LOGS_0'
const MINUTE = 60_000
const START = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS - 60 * MINUTE
const RANGE = { fromMs: START - 7, toMs: START + 4 * 60 * MINUTE }
after(stopLoops)
const db = await testDatabase({ after })
const store = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 60_000 })
const log = new MemoryLog()

/** Two hours around midnight of one agent, an hour of another. */
for (const [n, batches] of [24, 12].entries()) {
  const lane = new RecordedLogs(agentId(n + 1))
  for (let batch = 0; batch < batches; batch++) {
    const atMs = START + batch * 5 * MINUTE
    const said = Array.from({ length: 10 }, (_, i) => ({
      atMs: atMs + i * MINUTE,
      message: `line ${i}`,
      severity: i % 3,
      source: i % 2 === 0 ? 'a' : 'b',
    }))
    log.append(STREAM, lane.lines({ receivedAtMs: atMs + 10 * MINUTE }, said))
  }
}

const answers = async () => [
  await store.histogram(tenantScope('main'), RANGE, 24),
  await store.facets(tenantScope('main'), RANGE),
  await store.facets(tenantScope('main'), { ...RANGE, without: { sources: ['a'] } }),
]

async function sums(): Promise<unknown> {
  const schema = await liveSchema(db, 'logs')
  return (
    await sql`select (select count(*)::int from ${sql.table(`${schema}.logs`)}) as lines,
      (select sum(lines)::int from ${sql.table(`${schema}.log_counts`)}) as counted`.execute(db)
  ).rows[0]
}

async function assertFolded(): Promise<void> {
  const { rows } = await sql`select from ${sql.table(`${await liveSchema(db, 'logs')}.log_counts`)}
    group by time, agent_id, tenant_id, source, unit, severity having count(*) > 1`.execute(db)
  assert.equal(rows.length, 0)
}

test('a rebuild that knows less of the past changes no count', async () => {
  const loop = startLoop({ projector: logsProjector(), log, db, stream: STREAM })
  await loop.reached(36)
  await loop.stop()
  assert.deepEqual(await sums(), { lines: 360, counted: 360 })
  const before = await answers()
  const { last } = await log.bounds(STREAM)
  log.purge(STREAM, last - 26)
  const options = {
    projector: logsProjector(),
    streams: [STREAM],
    log,
    db,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  }
  const { sealedRows } = await rebuild({ ...options, purpose: 'rebuild' })
  assert.ok(sealedRows > 0)
  await assertFolded()
  const { lines, counted } = (await sums()) as { lines: number; counted: number }
  assert.deepEqual([lines + sealedRows, counted], [360, lines])
  assert.deepEqual(await answers(), before)
  const { tables } = await verify(options)
  assert.partialDeepStrictEqual(tables, [{ table: 'logs', onlyLive: 0, onlyShadow: 0 }])
})
