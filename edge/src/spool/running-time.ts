// How long this spool's host has been running, as far as the spool saw: goes on over restarts and boots, knows
// nothing of the wall clock. Time switched off does not age a frame.

import { type HostClock, ageMs } from '../host-clock.ts'
import type { StoredRecord } from './record.ts'

/**
 * Milliseconds of running time, continuing from the last record found; from `begunMs`, when the last segment was begun,
 * where it has none.
 */
export function createRunningTime(
  clock: HostClock,
  last: StoredRecord | undefined,
  begunMs: number,
): () => number {
  const startedMs = last ? last.spoolTimeMs + (ageMs(last, clock) ?? 0) : begunMs
  const openedMs = clock.monotonicMs()
  return () => startedMs + (clock.monotonicMs() - openedMs)
}
