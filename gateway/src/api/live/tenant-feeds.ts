// What of a tenant is told live: changes of its fleet and incidents once a second, of its alerts and messages four times
// a second. Of incidents and messages the log's live subjects only say which.

import {
  liveAlertsSubject,
  liveFleetSubject,
  liveIncidentsSubject,
  liveNotificationsSubject,
} from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { TenantScope } from '@secumon/projections/tenant-scope'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { AlertingReads } from '../alerting/reads.ts'
import { AlertRow } from '../schemas/alert.ts'
import { FleetAgent } from '../schemas/fleet.ts'
import { rowFeed, type RowFeed } from './row-feed.ts'

const SLOWLY_MS = 1_000
const AT_ONCE_MS = 250

const Fleet = z.array(FleetAgent)
const Alerts = z.array(AlertRow)
const Ids = z.array(z.object({ id: z.string() }))

const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)

export type TenantFeedDeps = {
  readonly log: Pick<EventLog, 'subscribeLive'>
  /** Adds the names of people. */
  readonly completeAlerts: (rows: readonly z.infer<typeof AlertRow>[]) => Promise<z.infer<typeof AlertRow>[]>
  readonly alerting: Pick<AlertingReads, 'findIncidents' | 'findNotifications'>
  readonly logger: Logger
}

type Feed = (deps: TenantFeedDeps, scope: TenantScope) => RowFeed

export const fleetFeed: Feed = ({ log, logger }, { tenant }) =>
  rowFeed({
    log,
    logger,
    subject: liveFleetSubject(tenant),
    kind: 'fleet',
    flushMs: SLOWLY_MS,
    read: (message) => Fleet.parse(message),
  })

const alertsFeed: Feed = ({ log, logger, completeAlerts }, { tenant }) =>
  rowFeed({
    log,
    logger,
    subject: liveAlertsSubject(tenant),
    kind: 'alerts',
    flushMs: AT_ONCE_MS,
    read: (message) => Alerts.parse(message),
    complete: (rows) => completeAlerts(Alerts.parse(rows)),
  })

const incidentsFeed: Feed = ({ log, logger, alerting }, scope) =>
  rowFeed({
    log,
    logger,
    subject: liveIncidentsSubject(scope.tenant),
    kind: 'incidents',
    flushMs: SLOWLY_MS,
    read: (message) => Ids.parse(message),
    complete: (rows) => alerting.findIncidents([scope], idsOf(rows)),
  })

const notificationsFeed: Feed = ({ log, logger, alerting }, scope) =>
  rowFeed({
    log,
    logger,
    subject: liveNotificationsSubject(scope.tenant),
    kind: 'notifications',
    flushMs: AT_ONCE_MS,
    read: (message) => Ids.parse(message),
    complete: (rows) => alerting.findNotifications([scope], idsOf(rows)),
  })

/** What is told of alerting, by the name of its event. */
export const ALERTING_FEEDS: Readonly<Record<'alerts' | 'incidents' | 'notifications', Feed>> = {
  alerts: alertsFeed,
  incidents: incidentsFeed,
  notifications: notificationsFeed,
}
