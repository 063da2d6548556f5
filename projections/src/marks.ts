// Marks: past positions of a checkpoint with the hash of the message there. After a rollback of the log the newest mark
// that still matches is where to go on. Dense in the recent past, sparse further back. Pure.

import type { Mark } from '@secumon/migrations/platform-tables'

/** Time between marks at the least. */
export const MARK_INTERVAL_MS = 5_000
const OLDEST_MS = 72 * 3_600_000
/** A mark may be dropped when its neighbours are closer together than this share of its age. */
const DENSITY = 1 / 4

/** True when it is time for the next mark. */
export const isMarkDue = (marks: readonly Mark[], nowMs: number): boolean =>
  nowMs - (marks.at(-1)?.atMs ?? -Infinity) >= MARK_INTERVAL_MS

/** Adds the newest mark and thins the older ones: some 40 cover three days. */
export function addMark(marks: readonly Mark[], mark: Mark): Mark[] {
  const kept: Mark[] = []
  for (const [i, candidate] of marks.entries()) {
    const ageMs = mark.atMs - candidate.atMs
    const before = kept.at(-1)?.atMs
    const after = marks[i + 1]?.atMs ?? mark.atMs
    const crowded = before !== undefined && after - before < ageMs * DENSITY
    if (ageMs <= OLDEST_MS && !crowded) kept.push(candidate)
  }
  return [...kept, mark]
}
