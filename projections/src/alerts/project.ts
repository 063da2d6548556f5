// The alerting read model: rules, alerts and all that is said of them, and whom is told what.

import { liveAlertsSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { sql } from 'kysely'
import type { Projector } from '../projector.ts'
import { alertHistory, alerts } from './alerts.ts'
import { channels } from './channels.ts'
import { incidentAlerts, incidentRounds, incidents } from './incidents.ts'
import { maintenances } from './maintenances.ts'
import { muteHistory, mutes } from './mutes.ts'
import { notifications } from './notifications.ts'
import { policies } from './policies.ts'
import { rules, ruleVersions } from './rules.ts'
import { changedAlerts, type AlertRow } from './queries/alerts.ts'
import { saidIn, type Said } from './said.ts'
import { scheduleOverrides, schedules } from './schedules.ts'
import { silences } from './silences.ts'
import type { ReadTable } from './table.ts'
import { ALERTS_TABLES, createAlertsTables } from './tables.ts'

const READ_TABLES: readonly ReadTable[] = [
  rules,
  ruleVersions,
  alerts,
  alertHistory,
  mutes,
  muteHistory,
  incidents,
  incidentAlerts,
  incidentRounds,
  notifications,
  silences,
  maintenances,
  policies,
  schedules,
  scheduleOverrides,
  channels,
]

export type AlertsProjectorOptions = {
  /** Where changed alerts are announced, per tenant, for who is looking now. Absent in a rebuild. */
  readonly live?: Pick<EventLog, 'publishLive'>
}

/** It remembers nothing between batches. */
export function alertsProjector({ live }: AlertsProjectorOptions = {}): Projector {
  return {
    name: 'alerts',
    version: 1,
    feeds: ['events'],
    sink: 'sql',
    createTables: createAlertsTables,
    tables: ALERTS_TABLES,
    async project(batch, tx, schema) {
      const said = saidIn(batch)
      for (const table of READ_TABLES) await table.project(said, { tx, schema })
      if (!live) return undefined
      const changed = await changedAlerts(tx, (name) => sql.table(`${schema}.${name}`), ofAlerts(said))
      return () => announce(live, changed)
    },
  }
}

/** A muted alert shows it: the aggregate that says so has the alert's id. */
const ofAlerts = (said: readonly Said[]): { tenant: string; id: string }[] => {
  const concerned = said.filter(
    ({ aggregate, event }) =>
      aggregate === 'alert' || event.case === 'notificationMuted' || event.case === 'notificationUnmuted',
  )
  return [...new Map(concerned.map(({ tenant, id }) => [`${tenant}/${id}`, { tenant, id }])).values()]
}

/** A message must not outgrow what the log's server takes. */
const ROWS_OF_A_MESSAGE = 100

function announce(
  live: Pick<EventLog, 'publishLive'>,
  changed: ReadonlyMap<string, readonly AlertRow[]>,
): void {
  for (const [tenant, rows] of changed)
    for (let from = 0; from < rows.length; from += ROWS_OF_A_MESSAGE)
      live.publishLive(
        liveAlertsSubject(tenant),
        Buffer.from(JSON.stringify(rows.slice(from, from + ROWS_OF_A_MESSAGE))),
      )
}
