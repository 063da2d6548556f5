// Which streams of the log feed a projector.

import { LANES } from '@secumon/contracts/lanes'
import { EVENTS_STREAM, laneStream } from '@secumon/contracts/subjects'
import type { Projector } from '@secumon/projections/projector'

/** Every shard of its lanes; the events once. */
export function streamsOf({ feeds }: Pick<Projector, 'feeds'>, shards: number): string[] {
  const numbers = Array.from({ length: shards }, (_, shard) => shard)
  const lanes = LANES.filter((lane) => feeds.includes(lane))
  return [
    ...(feeds.includes('events') ? [EVENTS_STREAM] : []),
    ...lanes.flatMap((lane) => numbers.map((shard) => laneStream(lane, shard))),
  ]
}
