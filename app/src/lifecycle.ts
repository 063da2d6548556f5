// Things with a lifetime, stopped last-in-first-out within a deadline, whatever one of them does.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** From the first signal until everything must have ended. */
export const STOP_DEADLINE_MS = 5_000

type Owned = { readonly name: string; readonly stop: () => Promise<void> | void }

/** Owns what was started, and stops it in reverse order. */
export class Lifetime {
  readonly #logger: Logger
  readonly #owned: Owned[] = []
  #ended: Promise<void> | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** What is handed over when everything has ended already is stopped at once. */
  own(name: string, stop: Owned['stop']): void {
    this.#owned.push({ name, stop })
    if (this.#ended) void this.#ended.then(() => this.#stopAll(performance.now() + STOP_DEADLINE_MS))
  }

  /** Stops everything once; what does not stop in time is logged and left. */
  end(deadlineMs = STOP_DEADLINE_MS): Promise<void> {
    this.#ended ??= this.#stopAll(performance.now() + deadlineMs)
    return this.#ended
  }

  async #stopAll(deadline: number): Promise<void> {
    for (let next = this.#owned.pop(); next !== undefined; next = this.#owned.pop()) {
      const { name, stop } = next
      const started = performance.now()
      try {
        const outcome = await within(Promise.resolve(stop()), Math.max(deadline - started, 100))
        const tookMs = Math.round(performance.now() - started)
        if (outcome === 'late') this.#logger.error({ part: name, tookMs }, 'did not stop in time')
        else this.#logger.debug({ part: name, tookMs }, 'stopped')
      } catch (error) {
        this.#logger.error({ err: error, part: name }, 'failed while stopping')
      }
    }
  }
}

/** Resolves with `late` when the work is not done in time; the work goes on. */
export async function within(work: Promise<void>, timeoutMs: number): Promise<'done' | 'late'> {
  const timer = new AbortController()
  const late = sleep(timeoutMs, 'late' as const, { signal: timer.signal })
  try {
    return await Promise.race([work.then(() => 'done' as const), late])
  } finally {
    timer.abort()
    late.catch(() => undefined)
  }
}

/** A terminal's Ctrl-C reaches us twice under npm, which passes on what we got already. */
const ECHO_MS = 500

/** The first of SIGINT, SIGTERM and SIGHUP; a second one ends the process at once. */
export function stopSignal(): { readonly received: Promise<NodeJS.Signals>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let askedAt: number | undefined
  const listener = (signal: NodeJS.Signals): void => {
    askedAt ??= performance.now()
    if (performance.now() - askedAt > ECHO_MS && signal !== 'SIGHUP') process.exit(130)
    resolve(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  return {
    received: promise,
    forget: () => {
      for (const signal of signals) process.off(signal, listener)
    },
  }
}
