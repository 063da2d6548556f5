// What the platform says of itself with each tick: the newest figures, asked for in the background so that no tick waits
// for a database. Figures that are too old are not said.

import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlatformFigures } from './platform-figures.ts'

export type PlatformReadingsOptions = {
  readonly read: () => Promise<PlatformFigures>
  readonly clock: Clock
  readonly logger: Logger
  readonly periodMs?: number
}

export type PlatformReadings = {
  /** By metric of a platform condition; empty while nobody could be asked. */
  readonly newest: () => Partial<PlatformFigures>
  readonly stop: () => Promise<void>
}

const PERIOD_MS = 10_000
const PERIODS_BELIEVED = 3

export function startPlatformReadings(options: PlatformReadingsOptions): PlatformReadings {
  const { clock, periodMs = PERIOD_MS } = options
  const stopping = new AbortController()
  const state: State = { figures: {}, atMs: -Infinity }
  const done = keepReading(options, state, stopping.signal)
  return {
    newest: () => (clock.monotonicMs() - state.atMs <= PERIODS_BELIEVED * periodMs ? state.figures : {}),
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

type State = { figures: Partial<PlatformFigures>; atMs: number }

async function keepReading(
  { read, clock, logger, periodMs = PERIOD_MS }: PlatformReadingsOptions,
  state: State,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      state.figures = await read()
      state.atMs = clock.monotonicMs()
    } catch (error) {
      logger.debug({ err: error }, 'the platform cannot be asked how it is')
    }
    await sleep(periodMs, undefined, { signal }).catch(() => undefined)
  }
}
