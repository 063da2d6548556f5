// Waiting for a fact instead of for a time.

import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until the answer is one, and returns it. @throws the last error, or Error naming the fact, when the time is over
 */
export async function eventually<T>(
  fact: string,
  ask: () => Promise<T | undefined | false>,
  { timeoutMs = 30_000, everyMs = 100 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let failure: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
      failure = undefined
    } catch (error) {
      failure = error
    }
    await sleep(everyMs)
  }
  throw new Error(`not within ${timeoutMs / 1_000} s: ${fact}`, { cause: failure })
}
