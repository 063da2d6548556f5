// The alerting read model: rules, alerts and all that is said of them, and whom is told what.

import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Projector } from '../projector.ts'
import { alertHistory, alerts } from './alerts.ts'
import { announcements } from './announcements.ts'
import { channels } from './channels.ts'
import { incidentAlerts, incidentRounds, incidents } from './incidents.ts'
import { maintenances } from './maintenances.ts'
import { muteHistory, mutes } from './mutes.ts'
import { notifications } from './notifications.ts'
import { policies } from './policies.ts'
import { rules, ruleVersions } from './rules.ts'
import { saidIn } from './said.ts'
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
  /** Where it is announced what changed, per tenant, for who is looking now. Absent in a rebuild. */
  readonly live?: Pick<EventLog, 'publishLive'>
}

/** It remembers nothing between batches. */
export function alertsProjector({ live }: AlertsProjectorOptions = {}): Projector {
  return {
    name: 'alerts',
    version: 2,
    feeds: ['events'],
    sink: 'sql',
    createTables: createAlertsTables,
    tables: ALERTS_TABLES,
    async project(batch, tx, schema) {
      const said = saidIn(batch)
      for (const table of READ_TABLES) await table.project(said, { tx, schema })
      if (!live) return undefined
      const announced = await announcements(said, { tx, schema })
      return () => {
        for (const { subject, rows } of announced)
          live.publishLive(subject, Buffer.from(JSON.stringify(rows)))
      }
    },
  }
}
