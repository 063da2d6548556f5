import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase } from '@secumon/infra/testing/database'
import { liveSchema } from '../live-generation.ts'
import { startLoop } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { alertsProjector } from './project.ts'
import { forgetOldAlerts } from './retention.ts'
import { ALERTS_TABLES } from './tables.ts'
import { night } from './testing/night.ts'
import { DISK, MINUTE, NIGHT } from './testing/speech.ts'

const YEAR_MS = 365 * 24 * 60 * MINUTE
const db = await testDatabase({ after })

async function counts(): Promise<Record<string, number>> {
  const schema = await liveSchema(db, 'alerts')
  const counted: Record<string, number> = {}
  for (const { name, time } of ALERTS_TABLES) {
    if (time === undefined) continue
    const { rows } = await sql<{
      n: number
    }>`select count(*)::int as n from ${sql.table(`${schema}.${name}`)}`.execute(db)
    counted[name] = rows[0]?.n ?? 0
  }
  return counted
}

test('what is over for a year goes with all its parts; what is not stays whole', async () => {
  const log = new MemoryLog()
  log.append('EVENTS', ...night)
  const loop = startLoop({ projector: alertsProjector(), log, db, stream: 'EVENTS' })
  await loop.reached(night.length)
  await loop.stop()
  const before = await counts()
  assert.equal(await forgetOldAlerts(db, NIGHT + YEAR_MS), 0)
  assert.deepEqual(await counts(), before)
  assert.ok((await forgetOldAlerts(db, NIGHT + YEAR_MS + 60 * MINUTE)) > 0)
  assert.deepEqual(await counts(), {
    alerts: 1,
    alert_history: 3,
    mutes: 1,
    mute_history: 3,
    incidents: 0,
    incident_alerts: 0,
    incident_rounds: 0,
    notifications: 0,
    silences: 0,
  })
  const schema = await liveSchema(db, 'alerts')
  const { rows } = await sql<{
    id: string
  }>`select distinct id from ${sql.table(`${schema}.alert_history`)}`.execute(db)
  assert.deepEqual(rows, [{ id: DISK }])
})
