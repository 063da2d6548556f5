// What led to one alert and what was said of it: its events, why nobody was told, the incidents it was part of.

import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import { DomainEventSchema } from '@secumon/contracts/gen/envelope'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { DomainEvent } from '@secumon/domain/decider'
import { sql, type Kysely } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { StoredActor } from '../said.ts'
import type { Mute } from './alert-row.ts'
import { fromLive, ofTenants } from './live-tables.ts'

const SHOWN_EVENTS = 1_000
const SHOWN_INCIDENTS = 50

export type SaidOfAlert = {
  readonly version: number
  readonly at: number
  readonly by: StoredActor | null
  readonly event: DomainEvent
}

/** The newest 1,000 events of an alert, in order. */
export const alertEvents = (db: Kysely<unknown>, scopes: TenantScopes, id: string): Promise<SaidOfAlert[]> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<{
      version: number
      at: number
      actor: StoredActor | null
      event: JsonValue
    }>`select version, at, actor, event from ${tables('alert_history')}
      where ${ofTenants('tenant_id', scopes)} and id = ${id}
      order by version desc, ordinal desc limit ${SHOWN_EVENTS}`.execute(db)
    return rows.toReversed().flatMap(({ version, at, actor, event }) => {
      const { event: known } = fromJson(DomainEventSchema, event, { ignoreUnknownFields: true })
      return known.case === undefined ? [] : [{ version, at, by: actor, event: known }]
    })
  })

type MuteRow = { stage: string | null; muted_by: string; detail: string; at: number; name: string | null }

/** When and why nobody was told of it, in order. */
export const alertMutes = (db: Kysely<unknown>, scopes: TenantScopes, id: string): Promise<Mute[]> =>
  fromLive(db, async (tables) => {
    const places = sql`(h.tenant_id, ${SYSTEM_TENANT})`
    const { rows } = await sql<MuteRow>`select h.stage, h.muted_by, h.detail, h.at,
        coalesce(maintenance.name, policy.name, nullif(silence.reason, ''), cause.rule_name) as name
      from ${tables('mute_history')} h
      left join ${tables('maintenances')} maintenance
        on maintenance.id = h.muted_by and maintenance.tenant_id in ${places}
      left join ${tables('policies')} policy on policy.id = h.muted_by and policy.tenant_id in ${places}
      left join ${tables('silences')} silence on silence.id = h.muted_by and silence.tenant_id in ${places}
      left join ${tables('alerts')} cause on cause.id = h.muted_by and cause.tenant_id = h.tenant_id
      where ${ofTenants('h.tenant_id', scopes)} and h.id = ${id} order by h.version, h.ordinal limit ${SHOWN_EVENTS}`.execute(
      db,
    )
    return rows.flatMap(({ stage, muted_by, name, detail, at }, i) =>
      stage === null
        ? []
        : [{ stage, by: muted_by || null, by_name: name, detail, since: at, until: rows[i + 1]?.at ?? null }],
    )
  })

export type Membership = { id: string; joined_at: number; left_at: number | null }

/** The incidents that it was part of, the newest first. */
export const incidentsOfAlert = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<Membership[]> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<Membership>`select id, joined_at, left_at from ${tables('incident_alerts')}
      where ${ofTenants('tenant_id', scopes)} and alert_id = ${id}
      order by joined_at desc, id desc limit ${SHOWN_INCIDENTS}`.execute(db)
    return rows
  })
