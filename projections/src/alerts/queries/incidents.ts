// Reads of incidents: alerts that are handled together.

import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { IncidentColumns } from '../incidents.ts'
import type { Stamp } from '../table.ts'
import { severityWord, type SeverityWord } from './alert-row.ts'
import { allOf, countUpTo, fromLive, type Tables, ofTenants } from './live-tables.ts'
import { pageOf, placeAfter, type Page, type PageRequest } from './page.ts'

export type IncidentRow = {
  id: string
  state: 'open' | 'closed'
  platform: boolean
  severity: SeverityWord
  summary: boolean
  policy: { id: string; name: string | null; version: number }
  group: Record<string, string>
  alerts: { total: number; firing: number; acknowledged: number }
  opened_at: number
  closed_at: number | null
  told_at: number | null
  version: number
}

type Found = IncidentColumns &
  Stamp & { policy_name: string | null; total: number; firing: number; acknowledged: number }

export type IncidentFilter = {
  readonly state?: string | undefined
  readonly policy?: string | undefined
  readonly alert?: string | undefined
  /** Milliseconds: incidents that were not closed before, and were opened before `to`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export type IncidentPage = IncidentFilter & PageRequest

/** One page of incidents, the newest first. */
export const listIncidents = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: IncidentPage,
): Promise<Page<IncidentRow>> =>
  fromLive(db, async (tables) => {
    const from = sql`${tables('incidents')} i`
    const where = sql`${ofTenants('i.tenant_id', scopes)} and ${matching(page, tables)}`
    const place = placeAfter(page, [0, ''] as const)
    const after = place ? sql`(i.opened_at, i.id) < (${new Date(place[0])}, ${place[1]})` : sql`true`
    const found = await sql<Found>`select ${COLUMNS} from ${from} ${withAlerts(tables)}
      where ${where} and ${after} order by i.opened_at desc, i.id desc limit ${page.limit + 1}`.execute(db)
    const total = await countUpTo(db, { from, where })
    return pageOf(found.rows.map(incidentRow), page, {
      total,
      placeOf: ({ opened_at, id }) => [opened_at, id],
    })
  })

/** One incident; undefined when this tenant has no such. */
export const findIncident = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<IncidentRow | undefined> => findIncidents(db, scopes, [id]).then(([row]) => row)

/** Those of the ids that this tenant has. */
export const findIncidents = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  ids: readonly string[],
): Promise<IncidentRow[]> =>
  fromLive(db, async (tables) => {
    const found = await sql<Found>`select ${COLUMNS} from ${tables('incidents')} i ${withAlerts(tables)}
      where ${ofTenants('i.tenant_id', scopes)} and i.id = any(${ids}::text[])`.execute(db)
    return found.rows.map(incidentRow)
  })

type Aggregate = { readonly tenant: string; readonly id: string }

/** The incidents that alerts are in: their counts change with the alerts. */
export async function incidentsWith(
  db: Kysely<unknown>,
  tables: Tables,
  alerts: readonly Aggregate[],
): Promise<Aggregate[]> {
  if (alerts.length === 0) return []
  const { rows } =
    await sql<Aggregate>`select distinct tenant_id as tenant, id from ${tables('incident_alerts')}
    where left_at is null and (tenant_id, alert_id) in (select * from unnest(
      ${alerts.map(({ tenant }) => tenant)}::text[], ${alerts.map(({ id }) => id)}::text[]))`.execute(db)
  return rows
}

/** How many incidents of the tenant are open. */
export const openIncidents = (db: Kysely<unknown>, scopes: TenantScopes): Promise<number> =>
  fromLive(db, (tables) =>
    countUpTo(db, {
      from: tables('incidents'),
      where: sql`${ofTenants('tenant_id', scopes)} and state = 'open'`,
    }),
  )

const SHOWN_ALERTS = 500

export type MemberAlert = {
  readonly alert: string
  readonly joined_at: number
  readonly left_at: number | null
  readonly left_why: string | null
}

/** The first 500 alerts of an incident, in the order in which they joined. */
export const alertsOfIncident = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<MemberAlert[]> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<MemberAlert>`select alert_id as alert, joined_at, left_at,
        nullif(left_why, '') as left_why
      from ${tables('incident_alerts')} where ${ofTenants('tenant_id', scopes)} and id = ${id}
      order by joined_at, alert_id limit ${SHOWN_ALERTS}`.execute(db)
    return rows
  })

const COLUMNS = sql`i.*, p.name as policy_name, member.total, member.firing, member.acknowledged`

const withAlerts = (tables: Tables): RawBuilder<unknown> => sql`
  left join ${tables('policies')} p on p.tenant_id = i.tenant_id and p.id = i.policy_id
  cross join lateral (select count(*)::int as total,
      count(*) filter (where a.state = 'firing' and ia.left_at is null)::int as firing,
      count(*) filter (where a.state = 'firing' and ia.left_at is null and a.acknowledged_at is not null)::int
        as acknowledged
    from ${tables('incident_alerts')} ia
    left join ${tables('alerts')} a on a.tenant_id = ia.tenant_id and a.id = ia.alert_id
    where ia.tenant_id = i.tenant_id and ia.id = i.id) member`

function matching({ state, policy, alert, from, to }: IncidentFilter, tables: Tables): RawBuilder<unknown> {
  return allOf([
    sql`true`,
    state === undefined ? undefined : sql`i.state = any(${state.split(',')}::text[])`,
    policy === undefined ? undefined : sql`i.policy_id = ${policy}`,
    alert === undefined
      ? undefined
      : sql`i.id in (select ia.id from ${tables('incident_alerts')} ia
          where ia.tenant_id = i.tenant_id and ia.alert_id = ${alert})`,
    from === undefined ? undefined : sql`(i.closed_at is null or i.closed_at >= ${new Date(from)})`,
    to === undefined ? undefined : sql`i.opened_at < ${new Date(to)}`,
  ])
}

const incidentRow = (found: Found): IncidentRow => ({
  id: found.id,
  state: found.state,
  platform: found.tenant_id === SYSTEM_TENANT,
  severity: severityWord(found.severity),
  summary: found.summary,
  policy: { id: found.policy_id, name: found.policy_name, version: found.policy_version },
  group: { ...found.group_labels },
  alerts: { total: found.total, firing: found.firing, acknowledged: found.acknowledged },
  opened_at: found.opened_at,
  closed_at: found.closed_at,
  told_at: found.told_at,
  version: found.version,
})
