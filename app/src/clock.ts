// The one clock that is handed to everything.

import type { Clock } from '@secumon/domain/clock'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
