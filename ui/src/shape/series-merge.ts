// Columns of one panel: a full time grid, gaps kept, jitter bridged, newer answers laid over older ones.

import type { SeriesSet } from '../lib/api-types.ts'

/** `undefined` joins its neighbours (the sample came late), `null` is a gap (nothing came). */
export type Point = number | null | undefined

export type Column = {
  readonly key: string
  readonly name: string | null
  readonly values: readonly Point[]
  readonly min: readonly Point[] | undefined
  readonly max: readonly Point[] | undefined
}

export type Columns = {
  readonly stepMs: number
  /** Start of each bucket, each one step after the other. */
  readonly times: readonly number[]
  readonly columns: readonly Column[]
}

export const NO_COLUMNS: Columns = { stepMs: 1, times: [], columns: [] }

const id = (column: { readonly key: string; readonly name: string | null }): string =>
  `${column.key}\u0000${column.name ?? ''}`

type Window = { readonly fromMs: number; readonly toMs: number }

/**
 * Lays `answer` over `held` inside the window and fills what neither has with gaps. A bucket the answer holds wins,
 * so a bucket that was half full when it was read is mended by the next read.
 */
export function mergeColumns(held: Columns, answer: SeriesSet, window: Window): Columns {
  const stepMs = answer.step
  const first = Math.floor(window.fromMs / stepMs) * stepMs + offsetOf(answer)
  const last = Math.max(newest(held, stepMs), answer.times.at(-1) ?? 0, first)
  const end = Math.min(last, window.toMs)
  const count = Math.max(0, Math.floor((end - first) / stepMs) + 1)
  const times = Array.from({ length: count }, (_, i) => first + i * stepMs)
  const usable = held.stepMs === stepMs ? held : NO_COLUMNS
  const all = new Map<string, { key: string; name: string | null }>()
  for (const column of [...usable.columns, ...answer.series])
    all.set(id(column), { key: column.key, name: column.name })
  const grid: Grid = { first, stepMs, count }
  return {
    stepMs,
    times,
    columns: [...all].map(([key, { key: metric, name }]) => {
      const old = usable.columns.find((column) => id(column) === key)
      const fresh = answer.series.find((column) => id(column) === key)
      const lay = (part: 'values' | 'min' | 'max'): Point[] | undefined =>
        old?.[part] || fresh?.[part]
          ? laid(grid, [usable.times, old?.[part]], [answer.times, fresh?.[part]])
          : undefined
      const values = lay('values') ?? []
      // A bucket that holds one value comes without its extremes: they are the value.
      const edge = (part: 'min' | 'max'): Point[] | undefined =>
        lay(part)?.map((value, i) => value ?? values[i])
      return { key: metric, name, values, min: edge('min'), max: edge('max') }
    }),
  }
}

type Grid = { readonly first: number; readonly stepMs: number; readonly count: number }
type Layer = readonly [times: readonly number[], values: readonly Point[] | undefined]

function laid(grid: Grid, ...layers: readonly Layer[]): Point[] {
  const out: Point[] = Array.from({ length: grid.count }, () => null)
  for (const [times, values] of layers) {
    if (!values) continue
    for (const [i, time] of times.entries()) {
      const at = Math.round((time - grid.first) / grid.stepMs)
      const value = values[i]
      if (at >= 0 && at < grid.count && value !== null && value !== undefined) out[at] = value
    }
  }
  return out
}

const offsetOf = (answer: SeriesSet): number => {
  const first = answer.times[0]
  return first === undefined ? 0 : ((first % answer.step) + answer.step) % answer.step
}

const newest = (held: Columns, stepMs: number): number =>
  held.stepMs === stepMs ? (held.times.at(-1) ?? 0) : 0

/**
 * Runs of empty buckets no longer than `toleranceMs` are a sample that came late, not a gap: they become
 * `undefined`, which the chart joins. Longer runs, and those at either end, stay gaps.
 */
export function bridged(values: readonly Point[], stepMs: number, toleranceMs: number): Point[] {
  const out = [...values]
  let run = -1
  for (let i = 0; i <= out.length; i++) {
    const empty = i < out.length && (out[i] === null || out[i] === undefined)
    if (empty) {
      if (run < 0) run = i
      continue
    }
    if (run > 0 && i < out.length && (i - run) * stepMs <= toleranceMs) out.fill(undefined, run, i)
    run = -1
  }
  return out
}

/** Cumulative sums for a stacked chart; a bucket where any part is missing is missing. */
export function stacked(columns: readonly (readonly Point[])[]): Point[][] {
  let below: readonly Point[] | undefined
  return columns.map((column) => {
    const sums = column.map((value, i): Point => {
      const base = below ? below[i] : 0
      if (value === null || base === null) return null
      return value === undefined || base === undefined ? undefined : value + base
    })
    below = sums
    return sums
  })
}

export type Summary = {
  readonly last: number | null
  readonly min: number | null
  readonly avg: number | null
  readonly max: number | null
}

/** Last, min, avg and max of what is there; true extremes where the buckets know theirs. */
export function summary(column: Pick<Column, 'values' | 'min' | 'max'>): Summary {
  const present = column.values.filter((value) => typeof value === 'number')
  if (present.length === 0) return { last: null, min: null, avg: null, max: null }
  const lows = (column.min ?? column.values).filter((value) => typeof value === 'number')
  const highs = (column.max ?? column.values).filter((value) => typeof value === 'number')
  return {
    last: present.at(-1) ?? null,
    min: lows.reduce((a, b) => Math.min(a, b), Infinity),
    avg: present.reduce((a, b) => a + b, 0) / present.length,
    max: highs.reduce((a, b) => Math.max(a, b), -Infinity),
  }
}
