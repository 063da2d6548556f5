// The histogram of log lines: buckets stacked by what a severity means, and where they stand.

import type { LogHistogram } from '../lib/api-types.ts'
import { kindOf, SEVERITY_KINDS, type SeverityKind } from './log-severity.ts'

export type Bar = {
  readonly fromMs: number
  readonly toMs: number
  readonly counts: Readonly<Record<SeverityKind, number>>
  /** Null where time was up before it was counted. */
  readonly total: number | null
}

/** Buckets in order, each with its lines by kind; cut to the range. */
export function barsOf({ times, series, step, from, to }: LogHistogram): Bar[] {
  return times.map((at, i) => {
    const counts = { error: 0, warning: 0, other: 0 }
    for (const { severity, counts: of } of series) counts[kindOf(severity)] += of[i] ?? 0
    const unknown = series.some(({ counts: of }) => of[i] === null)
    return {
      fromMs: Math.max(at, from),
      toMs: Math.min(at + step, to),
      counts,
      total: unknown ? null : counts.error + counts.warning + counts.other,
    }
  })
}

/** The largest bucket, at least 1. */
export const highest = (bars: readonly Bar[]): number => Math.max(1, ...bars.map(({ total }) => total ?? 0))

/** A round number at or above the largest: few digits times a power of ten. */
export function roundTop(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, largest)))
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((times) => times * power >= largest) ?? 10) * power
}

export type Piece = {
  readonly kind: SeverityKind
  /** Shares of the plot's height, from above. */ readonly y: number
  readonly height: number
}

/** Smallest height of a piece, so that one error among a million lines is seen. */
const LEAST = 0.02

/** What is drawn of a bar, errors at the bottom where the eye compares them. */
export function piecesOf({ counts }: Pick<Bar, 'counts'>, top: number): Piece[] {
  let y = 1
  return SEVERITY_KINDS.flatMap((kind) => {
    if (counts[kind] === 0) return []
    const height = Math.min(Math.max(counts[kind] / top, LEAST), y)
    y -= height
    return [{ kind, y, height }]
  })
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const INCREMENTS = [
  1_000, 5_000, 10_000, 30_000, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY,
] // prettier-ignore

/** Instants worth a label, at round times of the viewer's zone. @param most how many labels find room */
export function ticksOf(fromMs: number, toMs: number, most: number): { atMs: number[]; incrementMs: number } {
  const incrementMs = INCREMENTS.find((each) => (toMs - fromMs) / each <= Math.max(1, most)) ?? 365 * DAY
  const zoneMs = new Date(fromMs).getTimezoneOffset() * MINUTE
  const first = Math.ceil((fromMs - zoneMs) / incrementMs) * incrementMs + zoneMs
  const count = Math.max(0, Math.floor((toMs - first) / incrementMs) + 1)
  return { atMs: Array.from({ length: count }, (_, i) => first + i * incrementMs), incrementMs }
}
