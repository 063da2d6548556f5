// Stage late: what is told long after it happened pages nobody by itself. It is told in one message with the rest of what
// happened meanwhile, or, where only the evaluator had been away, as soon as it is clear that it goes on.

import { AWAY_MS, SETTLE_MS, waitEndsMs } from '../settling.ts'
import type { KnownAlert } from '../held.ts'
import { hold, mute, pass, type Stage } from './stage.ts'

/** True when it was decided long after it happened, though its sample was not late. */
export const wasAway = ({ firedAtMs, eventAtMs }: KnownAlert): boolean => firedAtMs - eventAtMs > AWAY_MS

export const late: Stage = (alert, { tenant, atMs }) => {
  if (tenant.incidents.get(alert.incident)?.summary) return pass('late')
  if (alert.late)
    return mute('late', {
      detail: 'its sample came late: it is told in one message with the rest of that time',
    })
  const settledMs = waitEndsMs({ sinceMs: alert.firedAtMs, waitMs: SETTLE_MS }, atMs)
  if (!wasAway(alert) || alert.incident !== '' || atMs >= settledMs) return pass('late')
  return hold('late', { detail: 'it was decided long after it happened and may be over', untilMs: settledMs })
}
