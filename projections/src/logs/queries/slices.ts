// A range of time cut into slices from one end, each wider than the one before as long as they are read fast: what was
// read when time is up is a whole part of the range, and narrow questions about long ranges still take few steps.

import type { Range } from './buckets.ts'
import type { LogOrder } from './log-store.ts'

const FIRST_MS = 5 * 60_000
/** A slice that took no longer is followed by one four times as wide. */
const FAST_MS = 250
const WIDER = 4
/** Some stores refuse what is much longer. */
const WIDEST_MS = 14 * 24 * 3_600_000

/** How long an answer may take altogether. */
export const ANSWER_WITHIN_MS = 5_000
/** No use in asking for less. */
const LEAST_MS = 100

export type SlicesOptions = {
  readonly order: LogOrder
  /** Monotonic. */
  readonly nowMs: () => number
  /** Slices of the newest first begin at multiples of it. */
  readonly stepMs?: number
  readonly withinMs?: number
  /** Where an index finds what is asked for, without overlap: no slice lies in and beside one of them. */
  readonly indexed?: readonly Range[]
}

export type Slice = Range & {
  /** Milliseconds left for reading it. */
  readonly leftMs: number
  /** To be asked by the index: what was read before has shown that there is not much of it. */
  readonly byIndex: boolean
}

/** So many slices are read in any case: what there is much of fills a page with them. */
const READ_SLICES = 2
/** An index is one of a day: parts of it cost as much as the whole. */
const INDEXED_MS = 24 * 3_600_000

/** Yields slices until the range or the time is at its end; how far it came is the last slice that was read. */
export function* slicesOf(range: Range, options: SlicesOptions): Generator<Slice> {
  const { order, nowMs, stepMs = 1, withinMs = ANSWER_WITHIN_MS, indexed = [] } = options
  const spans = joined(indexed, stepMs)
  const endsMs = nowMs() + withinMs
  let rest = range
  let width = FIRST_MS
  for (let read = 0; rest.fromMs < rest.toMs; read++) {
    const startedMs = nowMs()
    const leftMs = Math.round(endsMs - startedMs)
    if (leftMs < LEAST_MS) return
    const atMs = order === 'newest' ? rest.toMs - 1 : rest.fromMs
    const byIndex = read >= READ_SLICES && spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
    if (byIndex) width = Math.max(width, INDEXED_MS)
    const whole = order === 'newest' ? newest(rest, width, stepMs) : oldest(rest, width)
    const slice = cutOff(whole, order, spans)
    yield { ...slice, leftMs, byIndex }
    rest = order === 'newest' ? { ...rest, toMs: slice.fromMs } : { ...rest, fromMs: slice.toMs }
    if (nowMs() - startedMs <= FAST_MS) width = Math.min(WIDEST_MS, width * WIDER)
  }
}

const newest = ({ fromMs, toMs }: Range, width: number, stepMs: number): Range => ({
  fromMs: Math.max(fromMs, Math.floor((toMs - width) / stepMs) * stepMs),
  toMs,
})

const oldest = ({ fromMs, toMs }: Range, width: number): Range => ({
  fromMs,
  toMs: Math.min(toMs, fromMs + width),
})

/** Ranges that meet as one; their ends at whole steps. */
function joined(ranges: readonly Range[], stepMs: number): Range[] {
  const spans: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = spans.at(-1)
    if (last?.toMs === range.fromMs) spans.splice(-1, 1, { ...last, toMs: range.toMs })
    else spans.push(range)
  }
  return spans.map(({ fromMs, toMs }) => ({
    fromMs: Math.ceil(fromMs / stepMs) * stepMs,
    toMs: Math.floor(toMs / stepMs) * stepMs,
  }))
}

function cutOff(slice: Range, order: LogOrder, spans: readonly Range[]): Range {
  const within = spans
    .flatMap(({ fromMs, toMs }) => (fromMs < toMs ? [fromMs, toMs] : []))
    .filter((cutMs) => slice.fromMs < cutMs && cutMs < slice.toMs)
  if (within.length === 0) return slice
  return order === 'newest'
    ? { ...slice, fromMs: Math.max(...within) }
    : { ...slice, toMs: Math.min(...within) }
}
