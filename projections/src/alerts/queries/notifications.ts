// Reads of messages: where they stand, and what became of each attempt.

import { ROUND_KIND, TOLD_STATE } from '@secumon/contracts/alerting-words'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { StoredToldAlert } from '../incidents.ts'
import type { NotificationColumns, NotificationState, StoredAttempt } from '../notifications.ts'
import type { Stamp } from '../table.ts'
import { allOf, countUpTo, fromLive, type Tables, ofTenants } from './live-tables.ts'
import { pageOf, placeAfter, type Page, type PageRequest } from './page.ts'

export type RoundKindWord = (typeof ROUND_KIND.all)[number]
export type ToldAlertRow = { alert: string; state: (typeof TOLD_STATE.all)[number] }

export type NotificationRow = {
  id: string
  incident: string | null
  channel: { id: string; name: string | null; kind: string | null }
  kind: RoundKindWord
  step: number
  schedule: { id: string; name: string | null } | null
  member: string | null
  alerts: ToldAlertRow[]
  test: boolean
  state: NotificationState
  due_at: number
  attempts: StoredAttempt[]
  retry_at: number | null
  answer: string | null
  reason: string | null
  refused: boolean
  delivered_at: number | null
  platform: boolean
  version: number
  updated_at: number
}

type Found = NotificationColumns &
  Stamp & { channel_name: string | null; channel_kind: string | null; schedule_name: string | null }

export type NotificationFilter = {
  /** Comma-separated. */
  readonly state?: string | undefined
  readonly channel?: string | undefined
  readonly alert?: string | undefined
  readonly incident?: string | undefined
  readonly test?: 'true' | 'false' | undefined
}

export type NotificationPage = NotificationFilter & PageRequest

/** One page of messages, the newest first. */
export const listNotifications = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: NotificationPage,
): Promise<Page<NotificationRow>> =>
  fromLive(db, async (tables) => {
    const from = sql`${tables('notifications')} n`
    const where = sql`${ofTenants('n.tenant_id', scopes)} and ${matching(page)}`
    const place = placeAfter(page, [0, ''] as const)
    const after = place ? sql`(n.due_at, n.id) < (${new Date(place[0])}, ${place[1]})` : sql`true`
    const found = await sql<Found>`select ${COLUMNS} from ${from} ${names(tables)}
      where ${where} and ${after} order by n.due_at desc, n.id desc limit ${page.limit + 1}`.execute(db)
    const total = await countUpTo(db, { from, where })
    return pageOf(found.rows.map(notificationRow), page, {
      total,
      placeOf: ({ due_at, id }) => [due_at, id],
    })
  })

/** One message; undefined when this tenant has no such. */
export const findNotification = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<NotificationRow | undefined> => findNotifications(db, scopes, [id]).then(([row]) => row)

/** Those of the ids that this tenant has. */
export const findNotifications = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  ids: readonly string[],
): Promise<NotificationRow[]> =>
  fromLive(db, async (tables) => {
    const found = await sql<Found>`select ${COLUMNS} from ${tables('notifications')} n ${names(tables)}
      where ${ofTenants('n.tenant_id', scopes)} and n.id = any(${ids}::text[])`.execute(db)
    return found.rows.map(notificationRow)
  })

export type NotificationCounts = Record<Exclude<NotificationState, 'delivered'>, number>

/** How many messages of the tenant are not delivered, by state. */
export const notificationCounts = (db: Kysely<unknown>, scopes: TenantScopes): Promise<NotificationCounts> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<{
      state: keyof NotificationCounts
      n: number
    }>`select state, count(*)::int as n
      from ${tables('notifications')} where ${ofTenants('tenant_id', scopes)} and state <> 'delivered'
      group by state`.execute(db)
    const counts: NotificationCounts = { due: 0, sending: 0, waiting: 0, dead: 0 }
    for (const { state, n } of rows) counts[state] = n
    return counts
  })

const COLUMNS = sql`n.*, c.name as channel_name, c.kind as channel_kind, s.name as schedule_name`

const names = (tables: Tables): RawBuilder<unknown> => sql`
  left join ${tables('channels')} c on c.tenant_id = n.tenant_id and c.id = n.channel_id
  left join ${tables('schedules')} s on s.tenant_id = n.tenant_id and s.id = n.schedule_id`

function matching({ state, channel, alert, incident, test }: NotificationFilter): RawBuilder<unknown> {
  return allOf([
    sql`true`,
    state === undefined ? undefined : sql`n.state = any(${state.split(',')}::text[])`,
    channel === undefined ? undefined : sql`n.channel_id = ${channel}`,
    alert === undefined ? undefined : sql`n.alert_ids @> array[${alert}]::text[]`,
    incident === undefined ? undefined : sql`n.incident_id = ${incident}`,
    test === undefined ? undefined : sql`n.test = ${test === 'true'}`,
  ])
}

/** Alerts as a message tells them. */
export const toldAlertRows = (told: readonly StoredToldAlert[]): ToldAlertRow[] =>
  told.flatMap(({ alert, state }) => {
    const word = TOLD_STATE.word(state)
    return word === undefined ? [] : [{ alert, state: word }]
  })

/** What a round of messages is for. */
export const roundKind = (kind: number): RoundKindWord => ROUND_KIND.word(kind) ?? 'first'

const notificationRow = (found: Found): NotificationRow => ({
  id: found.id,
  incident: found.incident_id || null,
  channel: { id: found.channel_id, name: found.channel_name, kind: found.channel_kind },
  kind: roundKind(found.kind),
  step: found.step,
  schedule: found.schedule_id === '' ? null : { id: found.schedule_id, name: found.schedule_name },
  member: found.member || null,
  alerts: toldAlertRows(found.alerts),
  test: found.test,
  state: found.state,
  due_at: found.due_at,
  attempts: [...found.attempts],
  retry_at: found.retry_at,
  answer: found.answer || null,
  reason: found.reason || null,
  refused: found.refused,
  delivered_at: found.delivered_at,
  platform: found.tenant_id === SYSTEM_TENANT,
  version: found.version,
  updated_at: found.last_at,
})
