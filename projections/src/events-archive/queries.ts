// How far projections are with an aggregate: what a command waits for before it answers.

import type { AggregateRef } from '@secumon/domain/decider'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import { EVENTS_ARCHIVE } from './project.ts'

/** The last version of an aggregate that the live version of a projection has committed; 0 when none. */
export async function projectedVersion(
  db: Kysely<PlatformTables>,
  projection: string,
  { tenant, aggregate, id }: AggregateRef,
): Promise<number> {
  const row = await db
    .selectFrom('secumon.aggregate_position as position')
    .innerJoin('secumon.projection_live as live', (join) =>
      join
        .onRef('live.projection', '=', 'position.projection')
        .onRef('live.version', '=', 'position.version'),
    )
    .select('position.last_version')
    .where('position.projection', '=', projection)
    .where('position.tenant', '=', tenant)
    .where('position.aggregate', '=', aggregate)
    .where('position.id', '=', id)
    .executeTakeFirst()
  return row?.last_version ?? 0
}

/** The last version of an aggregate that is in `events_archive`, fsynced: it has happened, whatever becomes of the log. */
export const archivedVersion = (db: Kysely<PlatformTables>, aggregate: AggregateRef): Promise<number> =>
  projectedVersion(db, EVENTS_ARCHIVE, aggregate)
