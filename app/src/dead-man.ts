// The call that somebody outside misses: made every minute while nothing is wrong with the platform. When it stops, so
// has alerting, or what alerting stands on; nobody in here could tell.

import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'

export type DeadManOptions = {
  readonly url: string
  readonly clock: Clock
  readonly logger: Logger
  readonly periodMs?: number
}

const PERIOD_MS = 60_000
const TIMEOUT_MS = 10_000

/** Called with what is wrong, as often as one looks; nothing wrong calls out when it is time. Never rejects. */
export type DeadMan = (problems: readonly string[]) => Promise<void>

export function deadMan({ url, clock, logger, periodMs = PERIOD_MS }: DeadManOptions): DeadMan {
  let calledMs = -Infinity
  return async (problems) => {
    const nowMs = clock.monotonicMs()
    if (nowMs - calledMs < periodMs) return
    if (problems.length > 0)
      return logger.warn({ problems }, 'something is wrong: the dead-man call is left out')
    calledMs = nowMs
    try {
      const { ok, status } = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) })
      if (!ok) logger.warn({ status }, 'the dead-man call was not taken')
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'the dead-man call failed')
    }
  }
}

// The address is a secret, and may stand in the cause.
const reasonOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown')
