import { untyped } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { liveSchema } from '../live-generation.ts'
import { DEFAULT_KEPT_DAYS } from '../storage/kept-days.ts'
import type { JobContext } from '../storage/storage-job.ts'
import { startLoop, stopLoops, systemClock } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId } from '../testing/recorded.ts'
import { RecordedLogs } from '../testing/recorded-logs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { logsProjector } from './project.ts'
import { logRetention } from './retention-job.ts'

const DAY = 24 * 3_600_000
after(stopLoops)

test('whole days go when their retention is over, and what comes late to them is not stored', async () => {
  const db = await testDatabase({ after })
  const nowMs = Date.now()
  const context: JobContext = {
    db,
    edition: 'plain',
    clock: systemClock,
    settledMs: nowMs,
    kept: { ...DEFAULT_KEPT_DAYS, logs: 3 },
    disk: async () => undefined,
    logger: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  }
  assert.equal(await logRetention.run(context), undefined)
  const lane = new RecordedLogs(agentId(1))
  const days = Array.from({ length: 6 }, (_, i) => ({ atMs: nowMs - i * DAY, message: `${i} days ago` }))
  const log = new MemoryLog()
  // As an agent sent them five days ago: they were not past retention then.
  log.append('LOGS_0', ...days.map((line) => lane.lines({ receivedAtMs: line.atMs + 1 }, [line])))
  log.append('LOGS_0', lane.lines({ receivedAtMs: nowMs }, [{ atMs: nowMs - 4 * DAY, message: 'too late' }]))
  const loop = startLoop({ projector: logsProjector({ kept: context.kept }), log, db, stream: 'LOGS_0' })
  await loop.reached(7)
  await loop.stop()
  const schema = await liveSchema(db, 'logs')
  const messages = async () =>
    (
      await sql<{
        message: string
      }>`select message from ${sql.table(`${schema}.logs`)} order by time desc`.execute(untyped(db))
    ).rows.map(({ message }) => message)
  const all = days.map(({ message }) => message)
  assert.deepEqual(await messages(), all)
  assert.match((await logRetention.run(context)) ?? '', /^dropped logs_\d{8}; dropped logs_\d{8}$/)
  assert.deepEqual(await messages(), all.slice(0, 4))
  assert.equal(await logRetention.run(context), undefined)
  await assert.rejects(logRetention.run({ ...context, settledMs: undefined }), { name: 'NotYet' })
})
