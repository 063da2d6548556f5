// Stage grouping: which alerts of a group join its incident now. What is told together afterwards waits until the last of
// it has come.

import { MAX_INCIDENT_ALERTS } from '../membership.ts'
import { MAX_SETTLE_MS, SETTLE_MS, waitEndsMs } from '../settling.ts'
import type { Incident, KnownAlert } from '../held.ts'
import type { TenantState } from '../state.ts'

export type Joining = {
  /** The oldest first. */
  readonly joiners: readonly KnownAlert[]
  /** When there are joiners that still wait. */
  readonly wakeMs: number
}

const NOBODY: Joining = { joiners: [], wakeMs: Infinity }

/** @param incident that takes the group's alerts, where there is one */
export function joiningOf(
  { alerts, derived }: TenantState,
  {
    key,
    incident,
    nowMs,
  }: { readonly key: string; readonly incident?: Incident | undefined; readonly nowMs: number },
): Joining {
  const ids = derived.waiting.get(key)
  if (!ids) return NOBODY
  const waiting = [...ids].flatMap((id) => alerts.get(id) ?? []).toSorted(inOrder)
  const readyMs = isSummaryKey(key) ? settledMs(waiting, nowMs) : 0
  if (nowMs < readyMs) return { joiners: [], wakeMs: readyMs }
  const room = MAX_INCIDENT_ALERTS - (incident?.members.size ?? 0)
  return { joiners: waiting.slice(0, room), wakeMs: Infinity }
}

/** Names the group of what is told afterwards. */
export const isSummaryKey = (key: string): boolean => key.endsWith(' summary')

const inOrder = (a: KnownAlert, b: KnownAlert): number =>
  a.firedAtMs - b.firedAtMs || (a.id < b.id ? -1 : Number(a.id > b.id))

function settledMs(waiting: readonly KnownAlert[], nowMs: number): number {
  let [firstMs, lastMs] = [Infinity, 0]
  for (const { firedAtMs, resolvedAtMs } of waiting) {
    const atMs = Math.max(firedAtMs, resolvedAtMs)
    firstMs = Math.min(firstMs, atMs)
    lastMs = Math.max(lastMs, atMs)
  }
  return Math.min(waitEndsMs({ sinceMs: lastMs, waitMs: SETTLE_MS }, nowMs), firstMs + MAX_SETTLE_MS)
}
