// When to ask again if nothing happens until then.

import { uncontained } from './contain.ts'
import { nextDeliveryMs } from './deliveries.ts'
import type { NotifyState } from './state.ts'

/** The next time at which something is decided or may be sent; Infinity when nothing waits for a time. */
export const nextWakeMs = (state: NotifyState, nowMs: number, contain = uncontained): number =>
  Math.min(state.wakes.nextMs, nextDeliveryMs(state, nowMs, contain))
