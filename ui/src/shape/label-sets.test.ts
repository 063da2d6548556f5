import { expect, it } from 'vitest'
import { chosenSets, MOST_LABEL_SETS, sharedPairs, spacingOf, wholeSet, withoutPairs } from './label-sets.ts'
import type { Columns, Point } from './series-merge.ts'
import { newestOf, sparkLines } from './spark-lines.ts'

const held = (sets: Readonly<Record<string, readonly Point[]>>, stepMs = 10_000): Columns => ({
  stepMs,
  times: [],
  columns: Object.entries(sets).map(([name, values]) => ({
    key: 'custom.x',
    name,
    values,
    min: undefined,
    max: undefined,
  })),
})
const names = ({ columns }: Columns) => columns.map(({ name }) => name)

it('chooses the label sets with all words in them', () => {
  const { columns, matching } = chosenSets(
    held({ 'code="200",site="a"': [1], 'code="200",site="b"': [2], 'code="500",site="a"': [3] }),
    ' CODE="200"  site="b" ',
  )
  expect([names(columns), matching]).toEqual([['code="200",site="b"'], 1])
})

it('tells label sets apart by what they do not share', () => {
  const sets = ['code="200",site="a, \\"b\\""', 'code="500",method="get",site="a, \\"b\\""']
  const shared = sharedPairs(sets)
  expect([...shared]).toEqual(['site="a, \\"b\\""'])
  expect(sets.map((labels) => withoutPairs(labels, shared))).toEqual([
    'code="200"',
    'code="500", method="get"',
  ])
  expect(sharedPairs(['a="1"']).size).toBe(0)
})

it('shows the largest where there are too many', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n="${i}"`, [null, -i]]))
  const { columns, matching } = chosenSets(held(many), '')
  expect([columns.columns.length, matching]).toEqual([MOST_LABEL_SETS, 100])
  expect(names(columns)[0]).toBe('n="99"')
})

it.each([
  ['values of every minute in steps of 10 s', [1, null, null, null, null, null, 2, ...minutes(8)], 60_000],
  ['the densest series decides', [1, 2, 3, 4, 5], 10_000],
  ['too few to say', [1, null, null, null, 2], 10_000],
  [
    'farther apart than files are ever read',
    [...minutes(8)].flatMap((v) => [v, ...Array(40).fill(null)]),
    10_000,
  ],
])('%s', (_, values, spacing) => expect(spacingOf(held({ a: values, b: [1] }))).toBe(spacing))

it('draws small pictures from zero up, with gaps, and a value alone as a dash', () => {
  const columns = {
    ...held({ a: [4, 2, null, null, null, 0], b: [null, null, null, 1, null, null] }),
    times: [0, 1, 2, 3, 4, 5],
  }
  expect(sparkLines(columns).map(({ colour, path }) => `${colour} ${path}`)).toEqual([
    '1 M0 0h0.04L0.2 0.5M1 1h0.04',
    '2 M0.6 0.75h0.04',
  ])
  expect(newestOf(columns)).toEqual({ value: null, atMs: 5 })
  expect(newestOf({ ...held({ a: [1, 7, null] }), times: [0, 10, 20] })).toEqual({ value: 7, atMs: 10 })
  expect([sparkLines(held({ a: [null] })), newestOf(held({ a: [null] }))]).toEqual([[], undefined])
})

function minutes(count: number): Point[] {
  return Array.from({ length: count }, (_, i): Point[] => [null, null, null, null, null, i]).flat()
}

it('reads what is typed as one whole label set, sorted as sets are', () => {
  expect(wholeSet('{region="eu, west", queue="a \\"b\\""}')).toBe('queue="a \\"b\\"",region="eu, west"')
  expect(wholeSet('code="500"')).toBe('code="500"')
  expect(wholeSet('500')).toBeUndefined()
})
