// How far alerting is: what its reactors saved last, and how much of the log came after. They are further than that while
// they work; a process that takes over begins there.

import type { Database } from '@secumon/infra/database/database'
import type { StreamStatus } from './log-status.ts'

export type ReactorStatus = {
  readonly reactor: string
  /** Shard, or part of the tenants. */
  readonly partition: number
  readonly stream: string
  /** Messages that came after what was saved. */
  readonly backlog: number
  readonly savedAtMs: number
  /** Of the state, before compression. */
  readonly bytes: number
}

/** Of streams that are not there nothing is said. */
export async function reactorStatus(
  db: Database,
  streams: readonly StreamStatus[],
): Promise<ReactorStatus[]> {
  const rows = await db
    .selectFrom('secumon.reactor_state')
    .select(['reactor', 'partition', 'places', 'saved_at', 'bytes'])
    .orderBy('reactor')
    .orderBy('partition')
    .execute()
  return rows.flatMap(({ reactor, partition, places: [place], saved_at: savedAtMs, bytes }) => {
    const held = streams.find(({ stream }) => stream === place?.stream)
    if (!held || !place) return []
    const backlog = Math.max(0, held.last - place.position)
    return [{ reactor, partition, stream: held.stream, backlog, savedAtMs, bytes }]
  })
}
