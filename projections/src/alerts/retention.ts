// What is over for a year leaves the read model; log and archive keep it for ever.

import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import { readLive } from '../live-generation.ts'
import { ALERT_RETENTION_DAYS } from './tables.ts'

const DAY_MS = 24 * 3_600_000

/** Removes rows of what was over a year before; returns how many. @throws NoGeneration */
export const forgetOldAlerts = (db: Database, nowMs: number): Promise<number> =>
  readLive(db, 'alerts', async ({ schema }) => {
    const before = new Date(nowMs - ALERT_RETENTION_DAYS * DAY_MS)
    let removed = 0
    for (const { table, time, over } of OLD) {
      const { numAffectedRows = 0n } = await sql`delete from ${sql.table(`${schema}.${table}`)} r
        where r.${sql.ref(time)} < ${before} and ${over(schema, before)}`.execute(db)
      removed += Number(numAffectedRows)
    }
    return removed
  })

type Old = {
  readonly table: string
  readonly time: 'last_at' | 'at'
  /** Whether row `r` is about something that is over. */
  readonly over: (schema: string, before: Date) => RawBuilder<unknown>
}

const gone =
  (whole: string): Old['over'] =>
  (schema) =>
    sql`not exists (select from ${sql.table(`${schema}.${whole}`)} w
      where w.tenant_id = r.tenant_id and w.id = r.id)`

// What something is made of goes after it.
const OLD: readonly Old[] = [
  { table: 'alerts', time: 'last_at', over: () => sql`r.state = 'resolved'` },
  { table: 'alert_history', time: 'at', over: gone('alerts') },
  { table: 'mutes', time: 'last_at', over: gone('alerts') },
  { table: 'mute_history', time: 'at', over: gone('alerts') },
  { table: 'incidents', time: 'last_at', over: () => sql`r.state = 'closed'` },
  { table: 'incident_alerts', time: 'last_at', over: gone('incidents') },
  { table: 'incident_rounds', time: 'at', over: gone('incidents') },
  { table: 'notifications', time: 'last_at', over: () => sql`true` },
  {
    table: 'silences',
    time: 'last_at',
    over: (_, before) => sql`(r.ended_at is not null or r.expires_at < ${before})`,
  },
]
