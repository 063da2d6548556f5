// Reads of alerts, always within one tenant: a page of them, how many want attention, what is active now.

import { HUSHING_STAGES, SEVERITY } from '@secumon/contracts/alerting-words'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import {
  ALERT_COLUMNS,
  alertRow,
  alertsWithMutes,
  muters,
  severityWord,
  type AlertRow,
  type FoundAlert,
  type SeverityWord,
} from './alert-row.ts'
import { allOf, contains, countUpTo, fromLive, type Tables, ofTenants } from './live-tables.ts'
import {
  pageOf,
  placeAfter,
  stretchOf,
  type Page,
  type PageRequest,
  type Place,
  type Stretch,
} from './page.ts'

export type { AlertRow, Mute, SeverityWord } from './alert-row.ts'

type YesOrNo = 'true' | 'false'

export type AlertFilter = {
  /** Comma-separated, as severity. */
  readonly state?: string | undefined
  readonly severity?: string | undefined
  readonly agent?: string | undefined
  readonly rule?: string | undefined
  /** Which of two rules with that id: the platform's has ids of its own, and those that every tenant has too. */
  readonly rule_platform?: YesOrNo | undefined
  readonly metric?: string | undefined
  readonly q?: string | undefined
  /** Milliseconds: alerts that were not over before, and had begun before `to`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly acknowledged?: YesOrNo | undefined
  readonly muted?: YesOrNo | undefined
  /** Neither acknowledged nor hushed. */
  readonly open?: YesOrNo | undefined
  readonly fired?: YesOrNo | 'any' | undefined
  readonly simulated?: YesOrNo | undefined
}

export type AlertPage = AlertFilter & PageRequest & { readonly sort: 'newest' | 'worst' }

/** One page of alerts. @throws Rejected `invalid` for an `after` of another list */
export const listAlerts = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: AlertPage,
): Promise<Page<AlertRow>> =>
  fromLive(db, async (tables) => {
    const asked = askedOf(tables, scopes, page)
    const rows = await alertsFrom(db, { tables, asked, page })
    const total = await countUpTo(db, asked)
    return pageOf(rows, page, { total, placeOf: (row) => placeOf(row, page) })
  })

/** The same without the total, for who reads on to the end. @throws Rejected `invalid` as above */
export const readAlerts = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: AlertPage,
): Promise<Stretch<AlertRow>> =>
  fromLive(db, async (tables) => {
    const rows = await alertsFrom(db, { tables, asked: askedOf(tables, scopes, page), page })
    return stretchOf(rows, page, (row) => placeOf(row, page))
  })

/** How many alerts match, up to `most`. */
export const countAlerts = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  { most, ...filter }: AlertFilter & { readonly most: number },
): Promise<number> => fromLive(db, (tables) => countUpTo(db, askedOf(tables, scopes, filter), most))

type Asked = { readonly from: RawBuilder<unknown>; readonly where: RawBuilder<unknown> }

const askedOf = (tables: Tables, scopes: TenantScopes, filter: AlertFilter): Asked => ({
  from: alertsWithMutes(tables),
  where: sql`${ofTenants('a.tenant_id', scopes)} and ${matching(filter)}`,
})

type Reading = { readonly tables: Tables; readonly asked: Asked; readonly page: AlertPage }

// One more than the limit tells whether there is a next page.
async function alertsFrom(db: Kysely<unknown>, { tables, asked, page }: Reading): Promise<AlertRow[]> {
  const { rows } = await sql<FoundAlert>`select ${ALERT_COLUMNS} from ${asked.from} ${muters(tables)}
    where ${asked.where} and ${after(page)} order by ${ORDERS[page.sort]} limit ${page.limit + 1}`.execute(db)
  return rows.map(alertRow)
}

/** One alert; undefined when this tenant has no such. */
export const findAlert = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<AlertRow | undefined> => findAlerts(db, scopes, [id]).then(([row]) => row)

/** Those of the ids that this tenant has. */
export const findAlerts = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  ids: readonly string[],
): Promise<AlertRow[]> =>
  fromLive(db, async (tables) => {
    const found =
      await sql<FoundAlert>`select ${ALERT_COLUMNS} from ${alertsWithMutes(tables)} ${muters(tables)}
      where ${ofTenants('a.tenant_id', scopes)} and a.id = any(${[...new Set(ids)]}::text[]) order by a.id desc`.execute(
        db,
      )
    return found.rows.map(alertRow)
  })

/** Pending and firing alerts, the worst first. */
export const activeAlerts = (db: Kysely<unknown>, scopes: TenantScopes, limit: number): Promise<AlertRow[]> =>
  fromLive(db, async (tables) => {
    const found =
      await sql<FoundAlert>`select ${ALERT_COLUMNS} from ${alertsWithMutes(tables)} ${muters(tables)}
      where ${ofTenants('a.tenant_id', scopes)} and a.state <> 'resolved'
      order by ${ORDERS.worst} limit ${limit}`.execute(db)
    return found.rows.map(alertRow)
  })

export type AlertCounts = {
  pending: number
  firing: number
  acknowledged: number
  muted: number
  open: number
  by_severity: Record<SeverityWord, number>
}

type CountRow = {
  state: string
  severity: number
  acknowledged: boolean
  muted: boolean
  open: boolean
  n: number
}

const IS_OPEN = sql`(a.acknowledged_at is null
  and (m.stage is null or m.stage <> all(${HUSHING_STAGES}::text[])))`

/** What is pending and firing in the tenant. */
export const alertCounts = (db: Kysely<unknown>, scopes: TenantScopes): Promise<AlertCounts> =>
  fromLive(db, async (tables) => {
    const { rows } =
      await sql<CountRow>`select a.state, a.severity, a.acknowledged_at is not null as acknowledged,
        m.stage is not null as muted, ${IS_OPEN} as open, count(*)::int as n
      from ${alertsWithMutes(tables)} where ${ofTenants('a.tenant_id', scopes)} and a.state <> 'resolved'
      group by 1, 2, 3, 4, 5`.execute(db)
    return countsOf(rows)
  })

function countsOf(rows: readonly CountRow[]): AlertCounts {
  const firing = rows.filter(({ state }) => state === 'firing')
  const sum = (some: readonly CountRow[]): number => some.reduce((n, row) => n + row.n, 0)
  const of = (severity: SeverityWord) => sum(firing.filter((row) => severityWord(row.severity) === severity))
  return {
    pending: sum(rows) - sum(firing),
    firing: sum(firing),
    acknowledged: sum(firing.filter(({ acknowledged }) => acknowledged)),
    muted: sum(firing.filter(({ muted }) => muted)),
    open: sum(firing.filter(({ open }) => open)),
    by_severity: { info: of('info'), warning: of('warning'), critical: of('critical') },
  }
}

/** The rows of alerts that have just changed, by tenant: for live fan-out after a write. */
export async function changedAlerts(
  db: Kysely<unknown>,
  tables: Tables,
  changed: readonly { readonly tenant: string; readonly id: string }[],
): Promise<Map<string, AlertRow[]>> {
  if (changed.length === 0) return new Map()
  const found =
    await sql<FoundAlert>`select ${ALERT_COLUMNS} from ${alertsWithMutes(tables)} ${muters(tables)}
    where (a.tenant_id, a.id) in (select * from unnest(${changed.map(({ tenant }) => tenant)}::text[],
      ${changed.map(({ id }) => id)}::text[]))`.execute(db)
  const byTenant = Map.groupBy(found.rows, ({ tenant_id }) => tenant_id)
  return new Map([...byTenant].map(([tenant, rows]) => [tenant, rows.map(alertRow)]))
}

const ORDERS = {
  newest: sql`a.id desc`,
  worst: sql`a.severity desc, a.id desc`,
}

const placeOf = ({ id, severity }: AlertRow, { sort }: AlertPage): Place =>
  sort === 'newest' ? [id] : [SEVERITY.value(severity), id]

function after(page: AlertPage): RawBuilder<unknown> {
  if (page.sort === 'newest') {
    const place = placeAfter(page, [''] as [string])
    return place ? sql`a.id < ${place[0]}` : sql`true`
  }
  const place = placeAfter(page, [0, ''] as [number, string])
  return place ? sql`(a.severity, a.id) < (${place[0]}::bigint, ${place[1]})` : sql`true`
}

function matching(filter: AlertFilter): RawBuilder<unknown> {
  const { state, severity, agent, rule, metric, q, from, to } = filter
  const severities = severity?.split(',').map((word) => SEVERITY.value(word as SeverityWord))
  return allOf([
    sql`true`,
    state === undefined ? undefined : sql`a.state = any(${state.split(',')}::text[])`,
    severities && sql`a.severity = any(${severities}::smallint[])`,
    agent === undefined ? undefined : sql`a.agent_id = ${agent}`,
    rule === undefined ? undefined : sql`a.rule_id = ${rule}`,
    metric === undefined ? undefined : sql`a.metric = ${metric}`,
    q ? contains(q, sql`a.rule_name, a.agent_name, a.dimension, a.metric, a.labels::text`) : undefined,
    from === undefined ? undefined : sql`(a.resolved_at is null or a.resolved_at >= ${new Date(from)})`,
    to === undefined ? undefined : sql`a.began_at < ${new Date(to)}`,
    yesOrNo(filter.rule_platform, sql`a.rule_tenant = ${SYSTEM_TENANT}`),
    yesOrNo(filter.acknowledged, sql`a.acknowledged_at is not null`),
    yesOrNo(filter.muted, sql`m.stage is not null`),
    yesOrNo(filter.open, IS_OPEN),
    yesOrNo(filter.fired, sql`a.fired_at is not null`),
    yesOrNo(filter.simulated, sql`a.simulated`),
  ])
}

function yesOrNo(wanted: YesOrNo | 'any' | undefined, condition: RawBuilder<unknown>) {
  if (wanted === undefined || wanted === 'any') return undefined
  return wanted === 'true' ? condition : sql`not (${condition})`
}
