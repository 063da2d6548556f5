// What queries have beside plain texts: lists of words, `firing,pending`, checked against the words there are, and moments.

import { Failure } from './failures.ts'

/** @throws Failure 400 that names the wrong word and those there are */
export function requireWords(name: string, list: string | undefined, words: readonly string[]): void {
  const wrong = list?.split(',').find((word) => !words.includes(word))
  if (wrong !== undefined)
    throw new Failure(400, 'invalid request', {
      detail: `query.${name}: ${JSON.stringify(wrong)} is none of ${words.join(', ')}`,
    })
}

const LATEST_MS = Date.UTC(2100)

/** A moment of a query in milliseconds: negative is relative to now. */
export const momentOf = (ms: number, nowMs: number): number =>
  Math.min(LATEST_MS, Math.max(0, ms < 0 ? nowMs + ms : ms))

/** The time range of a query, each end as far as it is given. */
export const rangeOf = (
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
) => ({
  ...(from !== undefined && { from: momentOf(from, nowMs) }),
  ...(to !== undefined && { to: momentOf(to, nowMs) }),
})

type Ends = { readonly from: number; readonly to: number }

/** Two moments of a query, the first before the second. @throws Failure 400 */
export function spanOf(ends: Ends, { nowMs, maxMs }: { readonly nowMs: number; readonly maxMs: number }) {
  const [from, to] = [momentOf(ends.from, nowMs), momentOf(ends.to, nowMs)]
  if (from >= to) throw new Failure(400, 'invalid request', { detail: 'query.from must be before query.to' })
  if (to - from > maxMs)
    throw new Failure(400, 'invalid request', {
      detail: `query.to is at most ${maxMs / DAY_MS} days after query.from`,
    })
  return { from, to }
}

const DAY_MS = 24 * 3_600_000
