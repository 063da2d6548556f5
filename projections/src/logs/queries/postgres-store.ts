// Logs in PostgreSQL. A question is put in slices of time, newest or oldest first, each with what is left of the time an
// answer may take: what has been found by then is answered, and where it ends.

import { uuidToUlid } from '@secumon/contracts/ids'
import { logSeverityName, type LogSeverityName } from '@secumon/contracts/log-severity'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { readLive } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { roundStep, startsOf } from './buckets.ts'
import { FacetCounts, WORST_FIRST } from './facet-counts.ts'
import { lineId, type Dropped, type LogLine } from './log-line.ts'
import { countsStatement, facetsStatement, linesStatement, type StoredLine, type Within } from './log-sql.ts'
import { refusalOf } from './line-filter.ts'
import type { LogFilter, LogPage, LogSearch, LogStore } from './log-store.ts'
import { fullAt, roomBeside } from './page-size.ts'
import { slicesOf, type Slice } from './slices.ts'

export type PostgresStoreOptions = {
  /** Long questions occupy its connections: better a pool of their own. */
  readonly db: Kysely<unknown>
  /** Monotonic. */
  readonly nowMs: () => number
  /** How long an answer may take altogether. */
  readonly withinMs?: number
}

/** Reads the live generation of the projection `logs`. */
export const postgresLogStore = (options: PostgresStoreOptions): LogStore => ({
  search: (scope, search) => searchLines(options, scope, search),
  histogram: (scope, filter, buckets) => countLines(options, { scope, filter, buckets }),
  facets: (scope, filter) => countFacets(options, scope, filter),
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
  for await (const { slice, rows } of readSlices(options, { scope, range, order }, (within, slice) =>
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
  const asked = { scope, range: filter, order: 'newest', stepMs: step } as const
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

async function countFacets(options: PostgresStoreOptions, scope: TenantScope, filter: LogFilter) {
  const found = new FacetCounts()
  let reached = filter.toMs
  const asked = { scope, range: filter, order: 'newest' } as const
  for await (const { slice, rows } of readSlices(options, asked, (within, slice) =>
    facetsStatement(within, { ...filter, ...slice }),
  )) {
    reached = slice.fromMs
    for (const { agent_id, source, unit, severity, lines } of rows) {
      if (agent_id !== null) found.add('agents', uuidToUlid(agent_id), lines)
      else if (source !== null) found.add('sources', source, lines)
      else if (unit !== null) found.add('units', unit, lines)
      else if (severity !== null) found.add('severities', logSeverityName(severity), lines)
    }
  }
  return { ...found.most(), countedFromMs: reached, partial: reached > filter.fromMs }
}

type Slices = {
  readonly scope: TenantScope
  readonly range: Pick<LogFilter, 'fromMs' | 'toMs'>
  readonly order: LogSearch['order']
  readonly stepMs?: number
}

// Ends early when time is up. @throws LogQueryRefused when not even the first slice could be read
async function* readSlices<Row>(
  options: PostgresStoreOptions,
  { scope, range, ...cut }: Slices,
  statement: (within: Within, slice: Slice) => RawBuilder<Row>,
): AsyncGenerator<{ readonly slice: Slice; readonly rows: readonly Row[] }> {
  let first = true
  for (const slice of slicesOf(range, { ...cut, ...options })) {
    let rows: readonly Row[]
    try {
      rows = await readLive(options.db, 'logs', (live) =>
        readWithin(options.db, statement({ live, scope }, slice), slice.leftMs),
      )
    } catch (error) {
      const refused = refusalOf(error)
      if (refused?.refusal !== 'slow' || first) throw refused ?? error
      return
    }
    first = false
    yield { slice, rows }
  }
}

const readWithin = <Row>(
  db: Kysely<unknown>,
  statement: RawBuilder<Row>,
  timeoutMs: number,
): Promise<readonly Row[]> =>
  db.transaction().execute(async (tx) => {
    await sql`select set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(tx)
    return (await statement.execute(tx)).rows
  })

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
