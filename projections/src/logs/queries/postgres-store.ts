// Logs in PostgreSQL. A question is put in slices of time, newest or oldest first, each with what is left of the time an
// answer may take: what has been found by then is answered, and where it ends.

import { uuidToUlid } from '@secumon/contracts/ids'
import { logSeverityName, type LogSeverityName } from '@secumon/contracts/log-severity'
import type { TenantScope } from '../../tenant-scope.ts'
import { COUNTED_MS } from '../counts/tables.ts'
import { roundStep, startsOf } from './buckets.ts'
import { WORST_FIRST } from './facet-counts.ts'
import { countFacets } from './facets.ts'
import { lineId, type Dropped, type LogLine } from './log-line.ts'
import { countsStatement, isOfCounted, linesStatement, type StoredLine } from './log-sql.ts'
import type { LogFilter, LogPage, LogSearch, LogStore } from './log-store.ts'
import { fullAt, roomBeside } from './page-size.ts'
import { readSlices, type PostgresStoreOptions } from './postgres-slices.ts'

/** Reads the live generation of the projection `logs`. */
export const postgresLogStore = (options: PostgresStoreOptions): LogStore => ({
  search: (scope, search) => searchLines(options, scope, search),
  histogram: (scope, filter, buckets) => countLines(options, { scope, filter, buckets }),
  facets: (scope, filter) => countFacets(options, { scope, filter }),
})

async function searchLines(
  options: PostgresStoreOptions,
  scope: TenantScope,
  search: LogSearch,
): Promise<LogPage> {
  const { order, limit } = search
  const range = remaining(search)
  const lines: LogLine[] = []
  let reached = order === 'newest' ? range.toMs : range.fromMs
  for await (const { slice, rows } of readSlices(
    options,
    { scope, filter: search, range, order },
    (within, slice) =>
      linesStatement(within, {
        filter: { ...search, ...slice },
        order,
        limit: limit - lines.length + 1,
        maxBytes: roomBeside(lines),
        after: search.after,
      }),
  )) {
    lines.push(...rows.map(asLine))
    reached = order === 'newest' ? slice.fromMs : slice.toMs
    const full = fullAt(lines, limit)
    if (full !== undefined) return fullPage(lines.slice(0, full))
  }
  const done = order === 'newest' ? reached <= range.fromMs : reached >= range.toMs
  return { lines, next: done ? undefined : { atMs: reached }, partial: !done }
}

function fullPage(lines: LogLine[]): LogPage {
  const last = lines.at(-1)
  return { lines, next: last && { atMs: last.time, id: last.id }, partial: false }
}

function remaining({ fromMs, toMs, order, after }: LogSearch) {
  if (!after) return { fromMs, toMs }
  // The moment of a line may hold more lines.
  const edge = after.id === undefined ? after.atMs : after.atMs + 1
  return order === 'newest'
    ? { fromMs, toMs: Math.min(toMs, edge) }
    : { fromMs: Math.max(fromMs, after.atMs), toMs }
}

type Counting = { readonly scope: TenantScope; readonly filter: LogFilter; readonly buckets: number }

async function countLines(options: PostgresStoreOptions, { scope, filter, buckets }: Counting) {
  const step = roundStep(filter, buckets)
  const times = startsOf(filter, step)
  const counts = new Map<LogSeverityName, number[]>()
  let reached = filter.toMs
  const byCounts = isOfCounted(filter) && step % COUNTED_MS === 0
  const asked = { scope, filter, range: filter, order: 'newest', stepMs: step, byCounts } as const
  for await (const { slice, rows } of readSlices(options, asked, (within, slice) =>
    countsStatement(within, { ...filter, ...slice }, step),
  )) {
    reached = slice.fromMs
    for (const { bucket, severity, lines } of rows) {
      const name = logSeverityName(severity)
      const known = counts.get(name) ?? times.map(() => 0)
      counts.set(name, known)
      const at = Math.round((bucket - (times[0] ?? 0)) / step)
      known[at] = (known[at] ?? 0) + lines
    }
  }
  const partial = reached > filter.fromMs
  const known = times.map((time) => !partial || time >= reached)
  return {
    times,
    step,
    partial,
    series: WORST_FIRST.flatMap((severity) => {
      const its = counts.get(severity)
      return its ? [{ severity, counts: its.map((count, i) => (known[i] ? count : null)) }] : []
    }),
  }
}

function asLine(row: StoredLine): LogLine {
  const agent = uuidToUlid(row.agent_id)
  const { epoch, sequence, line: index } = row
  return {
    id: lineId({ agent, epoch, sequence, index }),
    time: row.time,
    agent,
    source: row.source,
    unit: row.unit === '' ? null : row.unit,
    severity: logSeverityName(row.severity),
    message: row.message,
    ...(row.dropped !== '' && { dropped: JSON.parse(row.dropped) as Dropped }),
  }
}
