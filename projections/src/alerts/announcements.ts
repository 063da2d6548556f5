// What a batch changed, for who is looking now: alerts as they are, and of incidents and messages which ones. Those are
// read by who tells them, only while somebody looks, so that a big incident costs the projection nothing.

import {
  liveAlertsSubject,
  liveIncidentsSubject,
  liveNotificationsSubject,
} from '@secumon/contracts/subjects'
import { sql } from 'kysely'
import { changedAlerts } from './queries/alerts.ts'
import { incidentsWith } from './queries/incidents.ts'
import type { Tables } from './queries/live-tables.ts'
import type { Said } from './said.ts'
import type { Target } from './table.ts'

/** A message must not outgrow what the log's server takes. */
const ROWS_OF_A_MESSAGE = 100

export type Announcement = { readonly subject: string; readonly rows: readonly object[] }

type Aggregate = { readonly tenant: string; readonly id: string }

/** Each announcement is of one tenant. */
export async function announcements(said: readonly Said[], { tx, schema }: Target): Promise<Announcement[]> {
  const tables: Tables = (name) => sql.table(`${schema}.${name}`)
  const ofAlerts = once(said.filter(concernsAlert))
  const alerts = await changedAlerts(tx, tables, ofAlerts)
  const ofIncidents = once([
    ...said.filter(({ aggregate }) => aggregate === 'incident'),
    ...(await incidentsWith(tx, tables, ofAlerts)),
  ])
  const ofMessages = once(said.filter((one) => one.aggregate === 'notification' && !isMute(one)))
  return [
    ...messages(liveAlertsSubject, alerts),
    ...messages(liveIncidentsSubject, ids(ofIncidents)),
    ...messages(liveNotificationsSubject, ids(ofMessages)),
  ]
}

/** A muted alert shows it: the aggregate that says so has the alert's id. */
const concernsAlert = (one: Said): boolean => one.aggregate === 'alert' || isMute(one)

const isMute = ({ event }: Said): boolean =>
  event.case === 'notificationMuted' || event.case === 'notificationUnmuted'

const once = (some: readonly Aggregate[]): Aggregate[] => [
  ...new Map(some.map(({ tenant, id }) => [`${tenant}/${id}`, { tenant, id }])).values(),
]

const ids = (some: readonly Aggregate[]): Map<string, { id: string }[]> =>
  new Map(
    [...Map.groupBy(some, ({ tenant }) => tenant)].map(([tenant, own]) => [
      tenant,
      own.map(({ id }) => ({ id })),
    ]),
  )

const messages = (
  subjectOf: (tenant: string) => string,
  byTenant: ReadonlyMap<string, readonly object[]>,
): Announcement[] =>
  [...byTenant].flatMap(([tenant, rows]) =>
    Array.from({ length: Math.ceil(rows.length / ROWS_OF_A_MESSAGE) }, (_, n) => ({
      subject: subjectOf(tenant),
      rows: rows.slice(n * ROWS_OF_A_MESSAGE, (n + 1) * ROWS_OF_A_MESSAGE),
    })),
  )
