// What of a tenant is told live: changes of its fleet once a second, of its alerts four times a second.

import { liveAlertsSubject, liveFleetSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { z } from 'zod'
import { AlertRow } from '../schemas/alert.ts'
import { FleetAgent } from '../schemas/fleet.ts'
import { rowFeed, type RowFeed } from './row-feed.ts'

const FLEET_MS = 1_000
const ALERTS_MS = 250

const Fleet = z.array(FleetAgent)
const Alerts = z.array(AlertRow)

export type TenantFeedDeps = {
  readonly log: Pick<EventLog, 'subscribeLive'>
  /** Adds the names of people. */
  readonly completeAlerts: (rows: readonly z.infer<typeof AlertRow>[]) => Promise<z.infer<typeof AlertRow>[]>
  readonly logger: Logger
}

export const fleetFeed = ({ log, logger }: TenantFeedDeps, tenant: string): RowFeed =>
  rowFeed({
    log,
    logger,
    subject: liveFleetSubject(tenant),
    kind: 'fleet',
    flushMs: FLEET_MS,
    read: (message) => Fleet.parse(message),
  })

export const alertsFeed = ({ log, logger, completeAlerts }: TenantFeedDeps, tenant: string): RowFeed =>
  rowFeed({
    log,
    logger,
    subject: liveAlertsSubject(tenant),
    kind: 'alerts',
    flushMs: ALERTS_MS,
    read: (message) => Alerts.parse(message),
    complete: (rows) => completeAlerts(Alerts.parse(rows)),
  })
