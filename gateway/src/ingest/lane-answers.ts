// What a lane says of itself: Hello when the stream opens, Ack whenever it has moved.

import type { ChainHead } from '@secumon/contracts/frame'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { maxFrameBytes, type IngestContext } from './ingest-context.ts'
import type { Answer } from './outbox.ts'

export type LaneStanding = {
  readonly name: LaneName
  readonly epoch: number
  readonly head: ChainHead
  readonly durable: number
}

export const hello = (lane: LaneStanding, context: IngestContext): Answer => ({
  case: 'hello',
  value: {
    lane: laneNumber(lane.name),
    epoch: BigInt(lane.epoch),
    lastSequence: BigInt(lane.head.sequence),
    lastHash: lane.head.hash,
    durable: BigInt(lane.durable),
    limits: { maxFrameBytes: maxFrameBytes(context), window: context.limits.window },
    gatewayClockMs: BigInt(context.clock.nowMs()),
  },
})

export const ack = (lane: LaneStanding): Answer => ({
  case: 'ack',
  value: {
    lane: laneNumber(lane.name),
    epoch: BigInt(lane.epoch),
    accepted: BigInt(lane.head.sequence),
    durable: BigInt(lane.durable),
  },
})
