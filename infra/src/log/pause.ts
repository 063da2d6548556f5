// Waiting that a signal can end.

import { setTimeout as delay } from 'node:timers/promises'

/** Waits so long, or until the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
