// Everything the ingest service bounds, with its defaults.

import { MAX_FRAME_BYTES } from '@secumon/contracts/frame'

export type IngestLimits = {
  /** Bytes of a frame or gap; the log's own limit may lower it. */
  readonly maxFrameBytes: number
  /** Records of one lane that may wait behind the one being published. */
  readonly window: number
  /** Publishes not yet acknowledged by the log, across agents. */
  readonly maxInFlight: number
  /** Bytes of records taken and not yet settled, across agents. */
  readonly maxQueuedBytes: number
  readonly maxConnections: number
  readonly maxStreamsPerConnection: number
  /** Streams that have been challenged and are not yet open. */
  readonly maxOpening: number
  /** Time a new stream has to send a good Open, and a new connection to start a stream. */
  readonly openTimeoutMs: number
  /** A connection on which nothing is heard, pings included. More than twice the longest period of an agent. */
  readonly idleTimeoutMs: number
  /** Bad messages after which a stream is closed. */
  readonly maxBadMessages: number
  /** Time the archiver has to say how far lanes are durable before they open as if nothing were. */
  readonly durableAskMs: number
  /** Time after which an agent is told what has become durable, if no other Ack has told it. */
  readonly durableTellMs: number
  readonly sweepIntervalMs: number
  /** Age at which a stream is asked to come back elsewhere; up to half of it is added at random. */
  readonly goawayAfterMs: number
  readonly aliveIntervalMs: number
  /** What `wait` says; up to as much is added at random. */
  readonly retryAfterMs: number
  readonly stopTimeoutMs: number
  /** Signatures checked on the event loop in one of its turns; the thread pool checks the others. */
  readonly verifyInPlace: number
}

export const DEFAULT_LIMITS: IngestLimits = {
  maxFrameBytes: MAX_FRAME_BYTES,
  window: 64,
  maxInFlight: 1024,
  maxQueuedBytes: 64 * 1024 ** 2,
  maxConnections: 20_000,
  maxStreamsPerConnection: 100,
  maxOpening: 1_000,
  openTimeoutMs: 10_000,
  idleTimeoutMs: 660_000,
  maxBadMessages: 10,
  durableAskMs: 500,
  durableTellMs: 500,
  sweepIntervalMs: 15_000,
  goawayAfterMs: 3_600_000,
  aliveIntervalMs: 5_000,
  retryAfterMs: 2_000,
  stopTimeoutMs: 4_500,
  verifyInPlace: 256,
}
