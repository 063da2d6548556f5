// The queries of the read models, bound to one database.

import * as agents from '@secumon/projections/agents/queries'
import type { Database } from '@secumon/infra/database/database'
import { sql, type Kysely } from 'kysely'
import type { Reads } from './deps.ts'

/** @param series values over time, bound to the database that holds the samples */
export function readModels(database: Database, series: Reads['series']): Reads {
  // The queries name their generation's tables themselves.
  const db = database as Kysely<object> as Kysely<unknown>
  return {
    listFleet: (scope, query) => agents.listFleet(db, scope, query),
    fleetMap: (scope) => agents.fleetMap(db, scope),
    fleetOverview: (scope) => agents.fleetOverview(db, scope),
    getAgent: (scope, id) => agents.getAgent(db, scope, id),
    agentNames: (scope) => agents.agentNames(db, scope),
    series,
    visibleVersion: ({ tenant }, id) => visibleVersion(database, tenant, id),
  }
}

async function visibleVersion(db: Database, tenant: string, id: string): Promise<number> {
  const { rows } = await sql<{ version: number }>`select least(
      (select coalesce(max(version), 0) from secumon.events_archive
        where tenant = ${tenant} and aggregate = 'agent' and id = ${id}),
      (select coalesce(max(p.last_version), 0) from secumon.aggregate_position p
        join secumon.projection_live l using (projection, version)
        where p.projection = 'agents' and p.tenant = ${tenant} and p.aggregate = 'agent' and p.id = ${id})
    ) as version`.execute(db)
  return rows[0]?.version ?? 0
}
