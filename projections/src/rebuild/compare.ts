// Two generations compared row by row, by the database: what one has and the other has not, as often as it has it. What
// archive and log do not reach back to is left out, and counted.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Generation } from '../generations.ts'
import type { GenerationTable } from '../projector.ts'
import { allRows } from '../samples/packed/all-rows.ts'
import { columnsOf } from './columns.ts'
import { shortened } from './shortened.ts'

export type LeftOut = {
  readonly tables: readonly GenerationTable[]
  readonly nowMs: number
  readonly leftOut?: (table: string) => RawBuilder<boolean> | undefined
}

export type Comparing = LeftOut & { readonly live: Generation; readonly shadow: Generation }

export type Difference = { readonly side: 'live' | 'shadow'; readonly row: Readonly<Record<string, unknown>> }

export type Comparison = {
  readonly table: string
  /** Rows of the live generation that were compared. */
  readonly rows: number
  /** Rows that only the live generation has, and only the shadow. */
  readonly onlyLive: number
  readonly onlyShadow: number
  /** The first of them. */
  readonly first: readonly Difference[]
}

type Db = Kysely<PlatformTables>

const SHOWN = 5

/** Reads in the snapshot that it is given. */
export async function compareTables(
  snapshot: Db,
  comparing: Comparing,
): Promise<{ tables: Comparison[]; shortened: number }> {
  await sql`set local statement_timeout = 0`.execute(snapshot)
  const { rows } = await sql<{ agents: number }>`select count(*)::int as agents
    from (${shortened(comparing.live, comparing.shadow)}) as s`.execute(snapshot)
  const agents = rows[0]?.agents ?? 0
  const tables: Comparison[] = []
  for (const table of comparing.tables)
    tables.push(await compareTable(snapshot, { ...comparing, table, isShorter: agents > 0 }))
  return { tables, shortened: agents }
}

type TableComparing = Comparing & { readonly table: GenerationTable; readonly isShorter: boolean }

async function compareTable(snapshot: Db, comparing: TableComparing): Promise<Comparison> {
  const { table, live, shadow } = comparing
  const held = (await columnsOf(snapshot, live.schema, table.name)).length > 0
  const columns = await comparedColumns(snapshot, comparing, held ? live : shadow)
  const rowsOfSide = async ({ schema }: Generation) =>
    rowsOf(await allRows(snapshot, { schema, table: table.name }), columns, comparing)
  const right = await rowsOfSide(shadow)
  // Where older code has made it without the table, it has none of these rows.
  const left = held ? await rowsOfSide(live) : sql`select * from (${right}) none where false`
  const count = async (rows: RawBuilder<unknown>) =>
    (await sql<{ n: number }>`select count(*)::int as n from (${rows}) c`.execute(snapshot)).rows[0]?.n ?? 0
  const [onlyLive, onlyShadow] = [sql`${left} except all ${right}`, sql`${right} except all ${left}`] as const
  const counts = {
    rows: await count(left),
    onlyLive: await count(onlyLive),
    onlyShadow: await count(onlyShadow),
  }
  const first = async (side: Difference['side'], rows: RawBuilder<unknown>): Promise<Difference[]> => {
    const found = await sql<
      Record<string, unknown>
    >`select * from (${rows}) c order by c limit ${SHOWN}`.execute(snapshot)
    return found.rows.map((row) => ({ side, row }))
  }
  return {
    table: table.name,
    ...counts,
    first: [
      ...(counts.onlyLive > 0 ? await first('live', onlyLive) : []),
      ...(counts.onlyShadow > 0 ? await first('shadow', onlyShadow) : []),
    ],
  }
}

// Every column; but what tells of the whole past cannot agree where one of the two does not know all of it.
async function comparedColumns(
  snapshot: Db,
  { table, isShorter }: TableComparing,
  { schema }: Generation,
): Promise<readonly string[]> {
  const beyond = isShorter ? (table.ofTheWholePast ?? []) : []
  const columns = await columnsOf(snapshot, schema, table.name)
  return columns.map(({ name }) => name).filter((name) => !beyond.includes(name))
}

function rowsOf(
  rows: RawBuilder<unknown>,
  columns: readonly string[],
  comparing: TableComparing,
): RawBuilder<unknown> {
  const list = sql.join(columns.map((name) => sql`r.${sql.ref(name)}`))
  return sql`select ${list} from ${rows} r
    where ${sql.join(conditions(comparing), sql` and `)}`
}

function conditions({
  table,
  live,
  shadow,
  nowMs,
  leftOut,
  isShorter,
}: TableComparing): RawBuilder<unknown>[] {
  const { name, agent, time, keptDays } = table
  const kept: RawBuilder<unknown>[] = [sql`true`]
  // The oldest day may be on its way out.
  if (time !== undefined && keptDays !== undefined) {
    const oldest = (Math.floor(nowMs / DAY_MS) - keptDays + 1) * DAY_MS
    kept.push(sql`r.${sql.ref(time)} >= ${new Date(oldest)}`)
  }
  if (agent !== undefined && isShorter) {
    const since = time === undefined ? sql`true` : sql`r.${sql.ref(time)} <= s.since`
    kept.push(sql`not exists (select from (${shortened(live, shadow)}) s
      where s.agent = r.${sql.ref(agent)} and ${since})`)
  }
  const others = leftOut?.(name)
  if (others) kept.push(sql`not coalesce(${others}, false)`)
  return kept
}
