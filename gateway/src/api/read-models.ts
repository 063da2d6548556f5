// The queries of the read models, bound to one database.

import type { AggregateRef } from '@secumon/domain/decider'
import * as agents from '@secumon/projections/agents/queries'
import { archivedVersion, projectedVersion } from '@secumon/projections/events-archive/queries'
import * as custom from '@secumon/projections/samples/queries/custom-series'
import { tenantRetention } from '@secumon/projections/retention/queries'
import { heldSince } from '@secumon/projections/storage/queries/held-since'
import { listJobs } from '@secumon/projections/storage/queries/jobs'
import { storageStatus } from '@secumon/projections/storage/queries/status'
import type { Database } from '@secumon/infra/database/database'
import type { Kysely } from 'kysely'
import { alertingReads } from './alerting/reads.ts'
import type { Reads } from './deps.ts'

/** @param samples what was measured, bound to the database that holds it */
export function readModels(database: Database, samples: Pick<Reads, 'series' | 'observations'>): Reads {
  // The queries name their generation's tables themselves.
  const db = database as Kysely<object> as Kysely<unknown>
  return {
    listFleet: (scope, query) => agents.listFleet(db, scope, query),
    fleetMap: (scope) => agents.fleetMap(db, scope),
    fleetOverview: (scope) => agents.fleetOverview(db, scope),
    getAgent: (scope, id) => agents.getAgent(db, scope, id),
    agentNames: (scope) => agents.agentNames(db, scope),
    series: samples.series,
    observations: samples.observations,
    customMetrics: (scope, request) => custom.customMetricsOf(db, scope, request),
    customUsage: (scope, nowMs) => custom.customUsage(db, scope, nowMs),
    customKinds: (scope, asked) => custom.customKinds(db, scope, asked),
    alerting: alertingReads(db),
    retention: (scope) => tenantRetention(db, scope),
    heldSince: (scope) => heldSince(database, scope),
    storageJobs: () => listJobs(database),
    storage: (nowMs) => storageStatus(database, nowMs),
    visibleVersion: (aggregate) => visibleVersion(database, aggregate),
  }
}

/** Which projection shows an aggregate, where that is not the one of alerting. */
const SHOWN_BY: Readonly<Record<string, string>> = { agent: 'agents', retention: 'retention' }

// What a command waits for: its event is archived, and the screens show it.
async function visibleVersion(db: Database, aggregate: AggregateRef): Promise<number> {
  const projection = SHOWN_BY[aggregate.aggregate] ?? 'alerts'
  return Math.min(await archivedVersion(db, aggregate), await projectedVersion(db, projection, aggregate))
}
