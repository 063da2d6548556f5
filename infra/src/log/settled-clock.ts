// The time by which old things are removed for ever: the earliest that the wall clock can have meant within the last hour,
// by a clock that nobody sets. A clock that jumps ahead removes nothing when it is put right within that hour.

import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'

const GRACE_MS = 3_600_000
const LOOKS_PER_GRACE = 60
/** A clock that is disciplined moves less between two looks. */
const JUMP_MS = 60_000

export type SettledClock = {
  /** Milliseconds since 1970 UTC; undefined while the wall clock has not been watched for the grace time. */
  nowMs(): number | undefined
}

export type SettledClockOptions = {
  readonly clock: Clock
  readonly logger: Logger
  /** How long the wall clock must have stood before it is believed, ms. Default 1 h. */
  readonly graceMs?: number
}

/** Watches the wall clock, from now on, until it is stopped. */
export function startSettledClock(options: SettledClockOptions): SettledClock & { stop(): Promise<void> } {
  const { clock, logger, graceMs = GRACE_MS } = options
  const looks: Look[] = []
  const look = (): Look => {
    const atMs = clock.monotonicMs()
    const seen = { atMs, aheadMs: clock.nowMs() - atMs }
    const jumpMs = seen.aheadMs - (looks.at(-1)?.aheadMs ?? seen.aheadMs)
    if (jumpMs > JUMP_MS)
      logger.warn({ jumpMs, graceMs }, 'the clock jumped ahead: until it has stood, nothing is removed by it')
    looks.push(seen)
    // Of those before the grace time one stays: it tells that all of it was watched.
    while (looks[1] !== undefined && looks[1].atMs <= atMs - graceMs) looks.shift()
    return seen
  }
  look()
  const timer = setInterval(look, graceMs / LOOKS_PER_GRACE).unref()
  return {
    nowMs() {
      const { atMs } = look()
      const isWatched = looks[0] !== undefined && looks[0].atMs <= atMs - graceMs
      return isWatched ? atMs + Math.min(...looks.map(({ aheadMs }) => aheadMs)) : undefined
    },
    async stop() {
      clearInterval(timer)
    },
  }
}

/** How far the wall was ahead of the clock that nobody sets. */
type Look = { readonly atMs: number; readonly aheadMs: number }
