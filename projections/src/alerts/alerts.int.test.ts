import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase } from '@secumon/infra/testing/database'
import { liveSchema } from '../live-generation.ts'
import { laws } from '../testing/laws.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { alertsProjector } from './project.ts'
import { ALERTS_TABLES } from './tables.ts'
import { backfilledNight, night } from './testing/night.ts'
import { CPU, DEAD, DELIVERED, DISK, INCIDENT, NIGHT, RULE, SILENCE, USER } from './testing/speech.ts'

const STREAM = 'EVENTS'
const db = await testDatabase({ after })
afterEach(stopLoops)

async function dump(schema: string): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {}
  for (const { name } of ALERTS_TABLES) {
    const { rows } = await sql`select * from ${sql.table(`${schema}.${name}`)} t order by t::text`.execute(db)
    tables[name] = rows
  }
  return tables
}

laws({ db, stream: STREAM, projector: alertsProjector, history: night, backfilled: backfilledNight, dump })

test('the night as it is read', async () => {
  const log = new MemoryLog()
  log.append(STREAM, ...night)
  const loop = startLoop({ projector: alertsProjector(), log, db, stream: STREAM })
  await loop.reached(night.length)
  const rows = async (table: string): Promise<Record<string, unknown>[]> => {
    const { rows: found } = await sql<Record<string, unknown>>`select * from
      ${sql.table(`${await liveSchema(db, 'alerts')}.${table}`)} order by id`.execute(db)
    return found
  }
  const minute = (n: number) => NIGHT + n * 60_000

  const [rule] = await rows('rules')
  assert.deepEqual(
    [rule?.['id'], rule?.['name'], rule?.['enabled'], rule?.['version'], rule?.['metric']],
    [RULE, 'CPU is very busy', false, 2, 'cpu.usage_percent'],
  )
  assert.deepEqual(
    (await rows('rule_versions')).map(({ version, ordinal, change }) => [version, ordinal, change]),
    [
      [1, 0, 'created'],
      [2, 0, 'changed'],
      [2, 1, 'disabled'],
    ],
  )

  const [cpu, disk] = await rows('alerts')
  assert.deepEqual(
    [cpu?.['id'], cpu?.['state'], cpu?.['began_at'], cpu?.['fired_at'], cpu?.['resolved_at'], cpu?.['value']],
    [CPU, 'resolved', minute(1), minute(6), minute(9), 40],
  )
  assert.deepEqual(cpu?.['acknowledged_by'], { kind: 'user', id: USER })
  assert.deepEqual([disk?.['state'], disk?.['dimension'], disk?.['version']], ['firing', '/data', 2])
  assert.equal(disk?.['rule_name'], 'Disk is busy')
  assert.match(JSON.stringify(disk?.['labels']), /"team":"night"/)
  const noted = (await rows('alert_history')).find(({ version, ordinal }) => version === 3 && ordinal === 1)
  assert.deepEqual(noted?.['event'], { alertNoted: { note: 'a runaway\uFFFDbuild' } })

  const [mute] = await rows('mutes')
  assert.deepEqual([mute?.['id'], mute?.['stage'], mute?.['last_at']], [DISK, 'maintenance', minute(5)])
  assert.deepEqual(
    (await rows('mute_history')).map(({ stage, muted_by }) => [stage, muted_by === SILENCE]),
    [
      ['silence', true],
      [null, false],
      ['maintenance', false],
    ],
  )

  const [incident] = await rows('incidents')
  assert.deepEqual([incident?.['id'], incident?.['state'], incident?.['severity']], [INCIDENT, 'closed', 3])
  assert.deepEqual(
    (await rows('incident_alerts'))
      .map(({ alert_id, left_why }) => `${String(alert_id)} ${String(left_why)}`)
      .toSorted(),
    [`${CPU} resolved`, `${DISK} `],
  )
  const [delivered, dead] = await rows('notifications')
  assert.deepEqual([delivered?.['id'], delivered?.['state']], [DELIVERED, 'delivered'])
  assert.deepEqual(
    ((delivered?.['attempts'] ?? []) as { attempt: number; outcome: string }[]).map(
      ({ attempt, outcome }) => [attempt, outcome],
    ),
    [
      [1, 'failed'],
      [2, 'delivered'],
    ],
  )
  assert.deepEqual([dead?.['id'], dead?.['state'], dead?.['reason']], [DEAD, 'dead', '404 Not Found'])
  assert.equal((await rows('schedule_overrides'))[0]?.['ended'], true)
  assert.equal((await rows('silences'))[0]?.['ended_at'], minute(5))
})
