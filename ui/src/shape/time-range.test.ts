import { describe, expect, it } from 'vitest'
import { boundsOf, parseRange, rangeParameters, stepFor, wordOf, zoomed } from './time-range.ts'

const HOUR = 3_600_000
const parse = (text: string): ReturnType<typeof parseRange> => parseRange(new URLSearchParams(text))

describe('the time range in the address', () => {
  it.each([
    ['', { kind: 'last', durationMs: HOUR }],
    ['range=15m', { kind: 'last', durationMs: HOUR / 4 }],
    ['range=7d', { kind: 'last', durationMs: 168 * HOUR }],
    ['range=banana', { kind: 'last', durationMs: HOUR }],
    ['range=9999d', { kind: 'last', durationMs: HOUR }],
    ['from=1000000&to=2000000', { kind: 'between', fromMs: 1_000_000, toMs: 2_000_000 }],
    ['range=6h&from=1000000&to=2000000', { kind: 'between', fromMs: 1_000_000, toMs: 2_000_000 }],
    ['from=2000000&to=1000000', { kind: 'last', durationMs: HOUR }],
    ['from=x&to=y', { kind: 'last', durationMs: HOUR }],
  ])('%s', (text, range) => expect(parse(text)).toEqual(range))

  it.each(['15m', '6h', '24h', '7d', '30d', '90m'])('%s survives the way out and back', (word) => {
    const parameters = rangeParameters(parse(`range=${word}`))
    expect(parse(new URLSearchParams({ range: parameters.range ?? '' }).toString())).toEqual(
      parse(`range=${word}`),
    )
  })

  it('leaves the default out of the address', () => expect(rangeParameters(parse('')).range).toBeUndefined())
  it('says 90 minutes and 7 days shortly', () =>
    expect([wordOf(1.5 * HOUR), wordOf(168 * HOUR)]).toEqual(['90m', '7d']))
  it('ends now when it is relative', () =>
    expect(boundsOf(parse(''), 5 * HOUR)).toEqual({ fromMs: 4 * HOUR, toMs: 5 * HOUR }))
  it('turns a backward drag round and keeps ten seconds at least', () => {
    expect(zoomed(9_000, 8_000)).toEqual({ kind: 'between', fromMs: 8_000, toMs: 18_000 })
  })
})

describe('the bucket width', () => {
  it.each([
    [HOUR / 4, 10_000, 10_000],
    [6 * HOUR, 10_000, 30_000],
    [24 * HOUR, 10_000, 120_000],
    [720 * HOUR, 10_000, HOUR],
    [HOUR, 60_000, 60_000],
  ])('%i ms measured every %i ms is shown in buckets of %i ms', (duration, period, step) => {
    expect(stepFor(duration, period)).toBe(step)
  })
})
