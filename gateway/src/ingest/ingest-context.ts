// What every stream of one ingest service shares.

import type { Clock } from '@secumon/domain/clock'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Budget } from './budget.ts'
import type { DurableLanes } from './durable-lanes.ts'
import type { IngestLimits } from './limits.ts'
import type { IngestMetrics } from './metrics.ts'
import type { Verifier } from './verifier.ts'

export type IngestContext = {
  readonly log: EventLog
  readonly clock: Clock
  readonly limits: IngestLimits
  readonly shards: number
  readonly budget: Budget
  readonly verifier: Verifier
  readonly durable: DurableLanes
  readonly metrics: IngestMetrics
}

/** Room that the log's headers and the record's wrapping may need beside a frame. */
const OVERHEAD_BYTES = 4 * 1024

/** Bytes of the largest frame that is taken now. */
export const maxFrameBytes = ({ limits, log }: Pick<IngestContext, 'limits' | 'log'>): number =>
  Math.min(limits.maxFrameBytes, log.maxPayloadBytes - OVERHEAD_BYTES)
