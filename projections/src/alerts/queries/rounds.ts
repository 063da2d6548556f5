// Reads of rounds of messages: for which step and alerts each was, and whom it should have reached and did not.

import { UNREACHED_REASON } from '@secumon/contracts/alerting-words'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { RoundColumns, StoredUnreached } from '../incidents.ts'
import { fromLive, type Tables, ofTenants } from './live-tables.ts'
import { roundKind, toldAlertRows, type RoundKindWord, type ToldAlertRow } from './notifications.ts'

export type UnreachedReasonWord = (typeof UNREACHED_REASON.all)[number]

/** Of something that was deleted the name is known still. */
export type NamedRow = { id: string; name: string | null }

export type UnreachedRow = {
  step: number
  reason: UnreachedReasonWord
  channel: NamedRow | null
  schedule: NamedRow | null
  member: string | null
}

export type RoundRow = {
  incident: string
  version: number
  kind: RoundKindWord
  step: number
  repeat: number
  due_at: number
  alerts: ToldAlertRow[]
  notifications: string[]
  unreached: UnreachedRow[]
}

const SHOWN_ROUNDS = 200

/** The newest 200 rounds of messages about an incident, newest first. */
export const incidentRounds = (db: Kysely<unknown>, scopes: TenantScopes, id: string): Promise<RoundRow[]> =>
  fromLive(db, (tables) => roundsWhere(db, { tables, scopes, where: sql`r.id = ${id}` }))

/** The newest 200 rounds that told of an alert and did not reach all whom they should have, newest first. */
export const missedRounds = (db: Kysely<unknown>, scopes: TenantScopes, alert: string): Promise<RoundRow[]> =>
  fromLive(db, (tables) => {
    const where = sql`r.unreached <> '[]'::jsonb and r.alerts @> ${JSON.stringify([{ alert }])}::jsonb
      and r.id in (select ia.id from ${tables('incident_alerts')} ia
        where ia.tenant_id = r.tenant_id and ia.alert_id = ${alert})`
    return roundsWhere(db, { tables, scopes, where })
  })

type Asked = { readonly tables: Tables; readonly scopes: TenantScopes; readonly where: RawBuilder<unknown> }

type Found = RoundColumns & { readonly id: string; readonly version: number }

async function roundsWhere(db: Kysely<unknown>, asked: Asked): Promise<RoundRow[]> {
  const { tables, scopes, where } = asked
  const { rows } = await sql<Found>`select r.* from ${tables('incident_rounds')} r
    where ${ofTenants('r.tenant_id', scopes)} and ${where}
    order by r.at desc, r.version desc, r.ordinal desc limit ${SHOWN_ROUNDS}`.execute(db)
  const unreached = rows.flatMap((row) => row.unreached)
  const [channels, schedules] = await Promise.all([
    namesOf(db, asked, { table: 'channels', ids: unreached.map(({ channel }) => channel) }),
    namesOf(db, asked, { table: 'schedules', ids: unreached.map(({ schedule }) => schedule) }),
  ])
  return rows.map((row) => ({
    incident: row.id,
    version: row.version,
    kind: roundKind(row.kind),
    step: row.step,
    repeat: row.repeat,
    due_at: row.due_at,
    alerts: toldAlertRows(row.alerts),
    notifications: [...row.notifications],
    unreached: row.unreached.flatMap((one) => unreachedRow(one, channels, schedules)),
  }))
}

type Wanted = { readonly table: 'channels' | 'schedules'; readonly ids: readonly string[] }
type Names = ReadonlyMap<string, string>

async function namesOf(db: Kysely<unknown>, { tables, scopes }: Asked, wanted: Wanted): Promise<Names> {
  const ids = [...new Set(wanted.ids)].filter((id) => id !== '')
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; name: string }>`select id, name from ${tables(wanted.table)}
    where ${ofTenants('tenant_id', scopes)} and id = any(${ids}::text[])`.execute(db)
  return new Map(rows.map(({ id, name }) => [id, name]))
}

function unreachedRow(stored: StoredUnreached, channels: Names, schedules: Names): UnreachedRow[] {
  const { step, channel, schedule, member } = stored
  const reason = UNREACHED_REASON.word(stored.reason)
  const named = (id: string, names: Names): NamedRow | null =>
    id === '' ? null : { id, name: names.get(id) ?? null }
  if (reason === undefined) return []
  return [
    {
      step,
      reason,
      channel: named(channel, channels),
      schedule: named(schedule, schedules),
      member: member || null,
    },
  ]
}
