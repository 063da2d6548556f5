// Stage dependency: while a host is gone, only that is told of it. After it was heard again its other alerts get a moment
// to catch up, those that were told before it was gone as well: they are not told again, but for their end.

import { NO_DATA_MS, RECOVERY_MS, waitEndsMs } from '../settling.ts'
import type { KnownAlert } from '../held.ts'
import type { TenantState } from '../state.ts'
import { hold, mute, pass, type Stage } from './stage.ts'

export const dependency: Stage = (alert, { tenant, atMs }) => {
  const { agent, isOffline, noData, firedAtMs } = alert
  if (agent === '' || isOffline) return pass('dependency')
  const host = offlineAlert(tenant, alert)
  if (host) return mute('dependency', { by: host.id, detail: 'its host is offline' })
  const caughtUpMs = (tenant.recovered.get(agent) ?? -Infinity) + RECOVERY_MS
  if (atMs < caughtUpMs)
    return hold('dependency', { detail: 'its host was just heard again', untilMs: caughtUpMs })
  const missedMs = waitEndsMs({ sinceMs: firedAtMs, waitMs: NO_DATA_MS }, atMs)
  if (noData && atMs < missedMs && alert.incident === '')
    return hold('dependency', { detail: 'its host may be silent too', untilMs: missedMs })
  return pass('dependency')
}

// Of a host that is only missed so far, silence of its metrics is no news.
function offlineAlert(
  { alerts, derived }: TenantState,
  { agent, noData }: KnownAlert,
): KnownAlert | undefined {
  let found: KnownAlert | undefined
  for (const id of derived.byAgent.get(agent) ?? []) {
    const other = alerts.get(id)
    if (!other?.isOffline || other.phase === 'resolved' || (other.phase === 'pending' && !noData)) continue
    if (!found || other.id < found.id) found = other
  }
  return found
}
