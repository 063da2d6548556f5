import { describe, expect, it } from 'vitest'
import type { SeriesSet } from '../lib/api-types.ts'
import { bridged, mergeColumns, NO_COLUMNS, stacked, summary } from './series-merge.ts'

const answer = (times: number[], values: (number | null)[], step = 10): SeriesSet => ({
  from: times[0] ?? 0,
  to: times.at(-1) ?? 0,
  step,
  source: 'metrics',
  times,
  series: [{ key: 'cpu.usage_percent', unit: 'percent', aggregation: 'avg', name: null, values }],
})
const valuesOf = (columns: ReturnType<typeof mergeColumns>): readonly unknown[] =>
  columns.columns[0]?.values ?? []

describe('merging columns', () => {
  it('fills what the answer leaves out with gaps', () => {
    const merged = mergeColumns(NO_COLUMNS, answer([100, 130], [1, 4]), { fromMs: 100, toMs: 130 })
    expect(merged.times).toEqual([100, 110, 120, 130])
    expect(valuesOf(merged)).toEqual([1, null, null, 4])
  })
  it('appends the tail, mends the half-full bucket and drops what left the window', () => {
    const first = mergeColumns(NO_COLUMNS, answer([100, 110, 120], [1, 2, 3]), { fromMs: 100, toMs: 120 })
    const merged = mergeColumns(first, answer([120, 130], [3.5, 4]), { fromMs: 110, toMs: 130 })
    expect(merged.times).toEqual([110, 120, 130])
    expect(valuesOf(merged)).toEqual([2, 3.5, 4])
  })
  it('takes a lone value of a bucket for both its extremes', () => {
    const spread = answer([100, 110], [2, 4])
    const first = mergeColumns(
      NO_COLUMNS,
      { ...spread, series: spread.series.map((series) => ({ ...series, min: [1, 3], max: [3, 5] })) },
      { fromMs: 100, toMs: 110 },
    )
    const [column] = mergeColumns(first, answer([120], [0.5]), { fromMs: 100, toMs: 120 }).columns
    expect([column?.min, column?.max]).toEqual([
      [1, 3, 0.5],
      [3, 5, 0.5],
    ])
  })
  it('keeps what it has when the answer is empty', () => {
    const first = mergeColumns(NO_COLUMNS, answer([100, 110], [1, 2]), { fromMs: 100, toMs: 110 })
    expect(
      valuesOf(mergeColumns(first, { ...answer([], []), series: [] }, { fromMs: 100, toMs: 120 })),
    ).toEqual([1, 2])
  })
  it('takes buckets that do not start at a multiple of their width', () => {
    const merged = mergeColumns(NO_COLUMNS, answer([103, 113], [1, 2]), { fromMs: 103, toMs: 113 })
    expect(merged.times).toEqual([103, 113])
  })
  it('forgets buckets of another width', () => {
    const first = mergeColumns(NO_COLUMNS, answer([100, 110], [1, 2]), { fromMs: 100, toMs: 110 })
    expect(valuesOf(mergeColumns(first, answer([100, 120], [5, 6], 20), { fromMs: 100, toMs: 120 }))).toEqual(
      [5, 6],
    )
  })
  it('adds a series that appears later, with a gap before', () => {
    const first = mergeColumns(NO_COLUMNS, answer([100], [1]), { fromMs: 100, toMs: 100 })
    const other = answer([110], [7])
    const late = { ...other, series: other.series.map((series) => ({ ...series, name: 'eth1' })) }
    expect(
      mergeColumns(first, late, { fromMs: 100, toMs: 110 }).columns.map((column) => column.values),
    ).toEqual([
      [1, null],
      [null, 7],
    ])
  })
})

describe('bridging lateness', () => {
  it.each([
    ['one late sample is joined', [1, null, 2], 20, [1, undefined, 2]],
    ['a longer silence stays a gap', [1, null, null, null, 2], 20, [1, null, null, null, 2]],
    ['the ends stay gaps', [null, 1, null], 20, [null, 1, null]],
  ])('%s', (_, values, tolerance, expected) => expect(bridged(values, 10, tolerance)).toEqual(expected))
})

describe('stacking', () => {
  it('sums upwards and leaves out a bucket that misses a part', () => {
    expect(
      stacked([
        [1, 2, null],
        [10, null, 30],
      ]),
    ).toEqual([
      [1, 2, null],
      [11, null, null],
    ])
  })
})

describe('summary', () => {
  it('uses the true extremes of the buckets', () => {
    expect(summary({ values: [2, null, 4], min: [1, null, 3], max: [3, null, 9] })).toEqual({
      last: 4,
      min: 1,
      avg: 3,
      max: 9,
    })
  })
  it('is empty when nothing is there', () => {
    expect(summary({ values: [null], min: undefined, max: undefined }).last).toBeNull()
  })
})
