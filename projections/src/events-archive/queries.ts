// Waiting until a projection has taken an event: what a command does before it answers.

import type { AggregateRef } from '@secumon/domain/decider'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import { pause } from '../pause.ts'
import { EVENTS_ARCHIVE } from './project.ts'

const FIRST_LOOK_MS = 5
const SLOWEST_LOOK_MS = 100
/** A command that is not through by then is answered with 202. */
export const COMMAND_PATIENCE_MS = 2_000

export type Awaited = AggregateRef & { readonly version: number }

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

export type Waiting = { readonly signal: AbortSignal; readonly timeoutMs?: number }

/** True once the projection has committed the version; false when the time or the signal ran out first. */
export async function awaitProjected(
  db: Kysely<PlatformTables>,
  projection: string,
  awaited: Awaited,
  { signal, timeoutMs = COMMAND_PATIENCE_MS }: Waiting,
): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  for (let waitMs = FIRST_LOOK_MS; !deadline.aborted; waitMs = Math.min(waitMs * 2, SLOWEST_LOOK_MS)) {
    if ((await projectedVersion(db, projection, awaited)) >= awaited.version) return true
    await pause(waitMs, deadline)
  }
  return false
}

/** True once the event is in `events_archive`, fsynced: it has happened, whatever becomes of the log. */
export const awaitArchived = (
  db: Kysely<PlatformTables>,
  awaited: Awaited,
  waiting: Waiting,
): Promise<boolean> => awaitProjected(db, EVENTS_ARCHIVE, awaited, waiting)
