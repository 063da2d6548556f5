// Pages of lines from Loki. Their order is that of Loki's nanoseconds, and by name where those are equal.

import type { TenantScope } from '../../tenant-scope.ts'
import type { Range } from '../queries/buckets.ts'
import { linePlace, type LogLine } from '../queries/log-line.ts'
import type { LogCursor, LogFilter, LogOrder, LogPage, LogSearch } from '../queries/log-store.ts'
import { fullAt } from '../queries/page-size.ts'
import type { Slice } from '../queries/slices.ts'
import { streamsIn } from './loki-answers.ts'
import { entryNs, foundIn, startNs, type Found } from './loki-entries.ts'
import { readSlices, type LokiStoreOptions } from './loki-slices.ts'
import { selectorOf } from './log-ql.ts'

/** Lines beyond a page that may share its last nanosecond. */
const TIES = 100

/** @throws LogQueryRefused */
export async function searchLines(
  options: LokiStoreOptions,
  scope: TenantScope,
  search: LogSearch,
): Promise<LogPage> {
  const { order, limit, after } = search
  const range = remaining(search)
  const lines: LogLine[] = []
  let reached = order === 'newest' ? range.toMs : range.fromMs
  const asked = { scope, filter: search, order, after, most: limit + TIES }
  for await (const { slice, answer } of readSlices(options, { range, order }, (slice) =>
    linesIn(options, asked, slice),
  )) {
    lines.push(...answer.found.map(({ line }) => line))
    const full = fullAt(lines, limit)
    if (full !== undefined || answer.more) return pageOf(lines, full ?? limit)
    reached = order === 'newest' ? slice.fromMs : slice.toMs
  }
  const done = order === 'newest' ? reached <= range.fromMs : reached >= range.toMs
  return { lines, next: done ? undefined : { atMs: reached }, partial: !done }
}

function pageOf(lines: readonly LogLine[], limit: number): LogPage {
  const page = lines.slice(0, limit)
  const last = page.at(-1)
  return { lines: page, next: last && { atMs: last.time, id: last.id }, partial: false }
}

// A page ends with a line; what follows may lie in the same millisecond.
function remaining({ fromMs, toMs, order, after }: LogSearch): Range {
  if (!after) return { fromMs, toMs }
  const edge = after.id === undefined ? after.atMs : after.atMs + 1
  return order === 'newest'
    ? { fromMs, toMs: Math.min(toMs, edge) }
    : { fromMs: Math.max(fromMs, after.atMs), toMs }
}

type LinesAsked = {
  readonly scope: TenantScope
  readonly filter: LogFilter
  readonly order: LogOrder
  readonly after: LogCursor | undefined
  readonly most: number
}

async function linesIn({ ask }: LokiStoreOptions, asked: LinesAsked, { fromMs, toMs, leftMs }: Slice) {
  const { scope, filter, order, after, most } = asked
  const edge = placeOf(after)
  const newest = order === 'newest'
  const parameters = {
    query: selectorOf(scope.tenant, filter),
    start: String(!newest && edge && edge.ns > startNs(fromMs) ? edge.ns : startNs(fromMs)),
    end: String(newest && edge && edge.ns < startNs(toMs) ? edge.ns + 1n : startNs(toMs)),
    limit: String(most),
    direction: newest ? 'backward' : 'forward',
  }
  const streams = streamsIn(
    await ask({ tenant: scope.tenant, path: 'query_range', timeoutMs: leftMs, parameters }),
  )
  const all = foundIn(streams).toSorted(newest ? (a, b) => compare(b, a) : compare)
  const full = streams.reduce((sum, { entries }) => sum + entries.length, 0) >= most
  const whole = full ? withoutLastMoment(all) : all
  const found = edge
    ? whole.filter((one) => (newest ? compare(one, edge) < 0 : compare(one, edge) > 0))
    : whole
  return { found, more: full }
}

type Place = { readonly ns: bigint; readonly id: string }

function placeOf(after: LogCursor | undefined): (Place & Pick<Found, 'ns'>) | undefined {
  const place = after?.id === undefined ? undefined : linePlace(after.id)
  return after?.id === undefined || !place ? undefined : { ns: entryNs(after.atMs, place), id: after.id }
}

const idOf = (one: Found | Place): string => ('line' in one ? one.line.id : one.id)

function compare(a: Found | Place, b: Found | Place): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? -1 : 1
  const [first, second] = [idOf(a), idOf(b)]
  return first < second ? -1 : Number(first > second)
}

// Where Loki has cut, it may have cut between lines of one nanosecond.
function withoutLastMoment(found: readonly Found[]): readonly Found[] {
  const last = found.at(-1)?.ns
  const before = found.filter(({ ns }) => ns !== last)
  return before.length > 0 ? before : found
}
