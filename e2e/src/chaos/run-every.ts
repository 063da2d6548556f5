// Does something again and again beside the rest, never twice at once.

import { setTimeout as sleep } from 'node:timers/promises'

/** What the work throws is what `stop` throws. */
export function runEvery(periodMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const done = (async () => {
    while (!signal.aborted) {
      await work()
      await sleep(periodMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  done.catch(() => undefined)
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}
