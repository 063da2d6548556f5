// Which book a stream is kept in: aggregates for EVENTS, one lane for the others.

import { LANES } from '@secumon/contracts/lanes'
import { EVENTS_STREAM } from '@secumon/contracts/subjects'
import type { PositionBook } from './admission.ts'
import { aggregatePositions } from './aggregate-positions.ts'
import { lanePositions, type Projection } from './lane-positions.ts'

/** @throws RangeError for a stream that carries neither events nor a lane */
export function positionBook(stream: string, projection: Projection): PositionBook {
  if (stream === EVENTS_STREAM) return aggregatePositions(projection)
  const lane = LANES.find((name) => stream.startsWith(`${name.toUpperCase()}_`))
  if (!lane) throw new RangeError(`no projection reads the stream ${stream}`)
  return lanePositions(projection, lane)
}
