// An incident whose times lie ahead, because the clock by which they were written was put back: as if its last round had been
// now. What it waits for begins anew then, and never waits for the clock to catch up.

import type { Incident } from './held.ts'
import { CLOCK_STEP_MS } from './settling.ts'

export function putRight(incident: Incident, nowMs: number): void {
  const { lastRoundAtMs, stepAtMs, unseenSinceMs } = incident
  const aheadMs = Math.max(lastRoundAtMs, stepAtMs, unseenSinceMs) - nowMs
  if (aheadMs <= CLOCK_STEP_MS) return
  incident.dueAtMs -= aheadMs
  incident.lastRoundAtMs -= aheadMs
  incident.stepAtMs -= aheadMs
  incident.unseenSinceMs -= aheadMs
}
