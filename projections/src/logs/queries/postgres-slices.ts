// A question to PostgreSQL, put in slices of time. Days that have an index for what is searched for are asked apart from
// those that have to be read, so that each is asked in the way that suits it.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { liveSchema, readLive } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { indexedUntilMs } from '../line-index.ts'
import { refusalOf } from './line-filter.ts'
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
}

/** Ends early when time is up. @throws LogQueryRefused when not even the first slice could be read */
export async function* readSlices<Row>(
  options: PostgresStoreOptions,
  { scope, filter, range, ...cut }: Slices,
  statement: (within: Within, slice: Slice) => RawBuilder<Row>,
): AsyncGenerator<{ readonly slice: Slice; readonly rows: readonly Row[] }> {
  const { db } = options
  const cutAtMs = hasTrigrams(filter) ? await indexedUntilMs(db, await liveSchema(db, 'logs')) : undefined
  let first = true
  for (const slice of slicesOf(range, { ...cut, ...options, ...(cutAtMs !== undefined && { cutAtMs }) })) {
    const asked = { timeoutMs: slice.leftMs, byIndex: cutAtMs !== undefined && slice.toMs <= cutAtMs }
    let rows: readonly Row[]
    try {
      rows = await readLive(db, 'logs', (live) => readWithin(db, statement({ live, scope }, slice), asked))
    } catch (error) {
      const refused = refusalOf(error)
      if (refused?.refusal !== 'slow' || first) throw refused ?? error
      return
    }
    first = false
    yield { slice, rows }
  }
}

// Three characters in a row: of anything else an index of trigrams knows nothing.
const hasTrigrams = ({ text = '', regex = '' }: LogFilter): boolean => /[a-z0-9]{3}/i.test(`${text} ${regex}`)

type Asked = { readonly timeoutMs: number; readonly byIndex: boolean }

// Where there is an index for what is searched for, lines are not read in the order of their time until a page is full:
// the planner would wager on that, and lose on all that is rare.
const readWithin = <Row>(
  db: Kysely<unknown>,
  statement: RawBuilder<Row>,
  { timeoutMs, byIndex }: Asked,
): Promise<readonly Row[]> =>
  db.transaction().execute(async (tx) => {
    await sql`select set_config('statement_timeout', ${String(timeoutMs)}, true),
      set_config('enable_indexscan', ${byIndex ? 'off' : 'on'}, true)`.execute(tx)
    return (await statement.execute(tx)).rows
  })
