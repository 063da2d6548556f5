// How fast what is stored grows, and when the disk is full if that goes on. What is dropped after some days grows only
// until the oldest of it is that old; then it is as large as it will be. Pure.

/** Kinds of data, by how long they are kept. */
export type SizeKind = 'raw' | 'rollup5min' | 'rollup1hour' | 'logs' | 'other'

export type Sizes = Readonly<Record<SizeKind, number>>

/** How large everything was at some time. */
export type SizeSample = { readonly atMs: number; readonly bytes: Sizes }

export type KindGrowth = {
  readonly bytesPerDay: number
  /** Until it is as large as it will be; Infinity: it is never dropped. */
  readonly growingDays: number
}

export type Growth = {
  /** Of everything that still grows; null before a day has gone by. */
  readonly bytesPerDay: number | null
  /** `stable`: deletions balance what comes before the disk is full. Null: not known. */
  readonly daysLeft: number | 'stable' | null
}

const DAY_MS = 24 * 3_600_000
const COMPARED_DAYS = 7
/** They are measured every hour. */
const SAME_HOUR_MS = 3_600_000
/** What is further away is no use to anybody. */
const HORIZON_DAYS = 3_650

/** What each kind grows by a day: compared with the same hour of a day up to a week ago, for days are packed at night. */
export function dailyGrowth(samples: readonly SizeSample[]): Readonly<Record<SizeKind, number>> | undefined {
  const newest = samples.at(-1)
  if (!newest) return undefined
  for (let days = COMPARED_DAYS; days >= 1; days--) {
    const earlier = nearest(samples, newest.atMs - days * DAY_MS)
    if (earlier) return perDay(earlier, newest)
  }
  return undefined
}

function nearest(samples: readonly SizeSample[], atMs: number): SizeSample | undefined {
  const away = (sample: SizeSample) => Math.abs(sample.atMs - atMs)
  const [first] = samples.toSorted((a, b) => away(a) - away(b))
  return first && away(first) <= SAME_HOUR_MS ? first : undefined
}

function perDay(from: SizeSample, to: SizeSample): Record<SizeKind, number> {
  const days = (to.atMs - from.atMs) / DAY_MS
  const grown = (kind: SizeKind) => (to.bytes[kind] - from.bytes[kind]) / days
  return {
    raw: grown('raw'),
    rollup5min: grown('rollup5min'),
    rollup1hour: grown('rollup1hour'),
    logs: grown('logs'),
    other: grown('other'),
  }
}

/** When the disk is full. @param freeBytes undefined where that is not known */
export function growthOf(kinds: readonly KindGrowth[] | undefined, freeBytes: number | undefined): Growth {
  if (!kinds) return { bytesPerDay: null, daysLeft: null }
  const growing = kinds.filter(({ growingDays }) => growingDays > 0)
  const bytesPerDay = growing.reduce((sum, kind) => sum + kind.bytesPerDay, 0)
  return { bytesPerDay, daysLeft: freeBytes === undefined ? null : daysUntil(growing, freeBytes) }
}

function daysUntil(kinds: readonly KindGrowth[], freeBytes: number): number | 'stable' {
  const grownAfter = (days: number) =>
    kinds.reduce((sum, kind) => sum + kind.bytesPerDay * Math.min(days, kind.growingDays), 0)
  for (let days = 0; days <= HORIZON_DAYS; days++) if (grownAfter(days + 1) > freeBytes) return days
  return 'stable'
}
