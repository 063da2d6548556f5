// A question to PostgreSQL, put in slices of time. Days that have an index for what is searched for are asked apart from
// those that have to be read, so that each is asked in the way that suits it.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { liveSchema, readLive } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { countedFromMs } from '../counts/tables.ts'
import { indexedDays, indexesAsciiAlone } from '../line-index.ts'
import { refusalOf } from './line-filter.ts'
import { hasTrigrams } from './line-filter-trigrams.ts'
import type { Within } from './log-sql.ts'
import type { LogFilter, LogOrder } from './log-store.ts'
import { slicesOf, type Slice } from './slices.ts'

export type PostgresStoreOptions = {
  /** Long questions occupy its connections: better a pool of their own. */
  readonly db: Kysely<unknown>
  /** Monotonic. */
  readonly nowMs: () => number
  /** How long an answer may take altogether. */
  readonly withinMs?: number
}

export type Slices = {
  readonly scope: TenantScope
  readonly filter: LogFilter
  /** What of its range is left to be read. */
  readonly range: Pick<LogFilter, 'fromMs' | 'toMs'>
  readonly order: LogOrder
  readonly stepMs?: number
  /** Whether counts may be taken for lines. */
  readonly byCounts?: boolean
}

/** Ends early when time is up. @throws LogQueryRefused when not even the first slice could be read */
export async function* readSlices<Row>(
  options: PostgresStoreOptions,
  asked: Slices,
  statement: (within: Within, slice: Slice) => RawBuilder<Row>,
): AsyncGenerator<Read<Row>> {
  const { db } = options
  const known =
    (await isKnownToIndex(db, asked.filter)) && (await indexedDays(db, await liveSchema(db, 'logs')))
  const cut = { ...asked, ...options, ...(known && { indexed: known }) }
  let first = true
  for (const slice of slicesOf(asked.range, cut)) {
    const rows = await rowsOf(options, asked, { slice, statement, first })
    if (rows === 'slow' && !slice.byIndex) return
    if (rows === 'slow') return yield* readOn(options, { ...asked, slice }, statement)
    first = false
    yield { slice, rows }
  }
}

export type Read<Row> = { readonly slice: Slice; readonly rows: readonly Row[] }

// There is more of it than the index can sort: it is read from there on, and found soon.
async function* readOn<Row>(
  options: PostgresStoreOptions,
  { slice: tried, ...asked }: Slices & { readonly slice: Slice },
  statement: (within: Within, slice: Slice) => RawBuilder<Row>,
): AsyncGenerator<Read<Row>> {
  const { range, order } = asked
  const rest = order === 'newest' ? { ...range, toMs: tried.toMs } : { ...range, fromMs: tried.fromMs }
  const withinMs = tried.leftMs - timeoutOf(tried)
  for (const slice of slicesOf(rest, { ...asked, ...options, withinMs })) {
    const rows = await rowsOf(options, asked, { slice, statement, first: false })
    if (rows === 'slow') return
    yield { slice, rows }
  }
}

type Reading<Row> = {
  readonly slice: Slice
  readonly statement: (within: Within, slice: Slice) => RawBuilder<Row>
  readonly first: boolean
}

async function rowsOf<Row>(
  { db }: PostgresStoreOptions,
  { scope, byCounts = false }: Slices,
  { slice, statement, first }: Reading<Row>,
): Promise<readonly Row[] | 'slow'> {
  try {
    return await readLive(db, 'logs', async (live) => {
      const counts = byCounts ? await countedFromMs(db, live.schema) : undefined
      return readWithin(db, statement({ live, scope, countedFromMs: counts }, slice), slice)
    })
  } catch (error) {
    const refused = refusalOf(error)
    if (refused?.refusal !== 'slow' || first) throw refused ?? error
    return 'slow'
  }
}

/** Of the time that is left, where the index is only a try. */
const INDEX_SHARE = 1 / 3

const timeoutOf = ({ leftMs, byIndex }: Slice): number =>
  byIndex ? Math.round(leftMs * INDEX_SHARE) : leftMs

const isKnownToIndex = async (db: Kysely<unknown>, filter: LogFilter): Promise<boolean> =>
  hasTrigrams(filter, 'ascii') || (hasTrigrams(filter, 'unicode') && !(await indexesAsciiAlone(db)))

// By an index means: not in the order of time until a page is full, on which the planner would wager, and lose.
const readWithin = <Row>(
  db: Kysely<unknown>,
  statement: RawBuilder<Row>,
  slice: Slice,
): Promise<readonly Row[]> =>
  db.transaction().execute(async (tx) => {
    await sql`select set_config('statement_timeout', ${String(timeoutOf(slice))}, true),
      set_config('enable_indexscan', ${slice.byIndex ? 'off' : 'on'}, true)`.execute(tx)
    return (await statement.execute(tx)).rows
  })
