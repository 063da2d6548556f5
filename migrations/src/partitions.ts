// Daily partitions for plain PostgreSQL. There is no default partition: a row without its day is an error that is
// answered by making the day, never a row that hides.

import { sql, type Kysely } from 'kysely'

export const DAY_MS = 24 * 3_600_000
/** Partitions made ahead of time: tomorrow's and the day after's. */
export const DAYS_AHEAD = 2

/** One day of one table; `day` counts from 1970-01-01 UTC. */
export type DayOfTable = { readonly schema: string; readonly table: string; readonly day: number }

/** SQLSTATE of a row whose day has no partition. */
export const NO_PARTITION = '23514'

/** Whoever comes after us waits as long as we do. */
const DROP_LOCK_TIMEOUT = sql`set local lock_timeout = '1s'`

/** `metrics_20260131`. */
export const partitionName = ({ table, day }: Omit<DayOfTable, 'schema'>): string =>
  `${table}_${dateOf(day).replaceAll('-', '')}`

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** Makes the partition when it is missing. Readers and writers of other days are not held up. */
export async function createPartition<Tables>(db: Kysely<Tables>, partition: DayOfTable): Promise<void> {
  const { schema, table, day } = partition
  const name = partitionName(partition)
  const lock = sql`select pg_advisory_xact_lock(hashtextextended(${`partition/${schema}.${table}`}, 0))`
  await inTransaction(db, async (tx) => {
    await lock.execute(tx)
    const { rows } = await sql`select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relname = ${name}`.execute(tx)
    if (rows.length > 0) return
    const [parent, child] = [sql.table(`${schema}.${table}`), sql.table(`${schema}.${name}`)]
    // Attaching takes a weaker lock on the parent than `partition of` would.
    await sql`create table ${child} (like ${parent} including all)`.execute(tx)
    await sql`alter table ${parent} attach partition ${child}
      for values from (${sql.lit(dateOf(day))}) to (${sql.lit(dateOf(day + 1))})`.execute(tx)
  })
}

/** The partitioned tables of a schema and the days they hold. Hypertables are not among them. */
export async function listPartitions<Tables>(
  db: Kysely<Tables>,
  schema: string,
): Promise<Map<string, number[]>> {
  const { rows } = await sql<{ table: string; partition: string | null }>`
    select parent.relname as table, child.relname as partition
    from pg_class parent join pg_namespace n on n.oid = parent.relnamespace
    left join pg_inherits i on i.inhparent = parent.oid left join pg_class child on child.oid = i.inhrelid
    where n.nspname = ${schema} and parent.relkind = 'p'`.execute(db)
  const tables = new Map<string, number[]>()
  for (const { table, partition } of rows) {
    const days = tables.get(table) ?? []
    tables.set(table, days)
    const day = partition === null ? undefined : dayOf(table, partition)
    if (day !== undefined) days.push(day)
  }
  return tables
}

function dayOf(table: string, partition: string): number | undefined {
  const [, year, month, date] = /^_(\d{4})(\d\d)(\d\d)$/.exec(partition.slice(table.length)) ?? []
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(date)) / DAY_MS
}

/**
 * Makes today's and the next days of every time series table of the schema; returns the partitions' names. Safe to call
 * at any time, from several processes.
 */
export async function makeDaysAhead<Tables>(
  db: Kysely<Tables>,
  { schema, nowMs }: { readonly schema: string; readonly nowMs: number },
): Promise<string[]> {
  const today = Math.floor(nowMs / DAY_MS)
  const created: string[] = []
  for (const [table, days] of await listPartitions(db, schema))
    for (let day = today; day <= today + DAYS_AHEAD; day++)
      if (!days.includes(day)) {
        await createPartition(db, { schema, table, day })
        created.push(partitionName({ table, day }))
      }
  return created
}

export type DaysBefore = { readonly schema: string; readonly table: string; readonly beforeMs: number }

/**
 * Drops the days of one partitioned table whose last moment lies before the time; returns their
 * names. Safe to call at any time, from several processes.
 * @throws what the database throws when a table stays locked by others for a second; the next call goes on
 */
export async function dropDaysBefore<Tables>(
  db: Kysely<Tables>,
  { schema, table, beforeMs }: DaysBefore,
): Promise<string[]> {
  const dropped: string[] = []
  for (const day of (await listPartitions(db, schema)).get(table) ?? []) {
    if ((day + 1) * DAY_MS > beforeMs) continue
    await dropPartition(db, { schema, table, day })
    dropped.push(partitionName({ table, day }))
  }
  return dropped
}

async function dropPartition<Tables>(db: Kysely<Tables>, partition: DayOfTable): Promise<void> {
  await inTransaction(db, async (tx) => {
    await DROP_LOCK_TIMEOUT.execute(tx)
    await sql`drop table if exists ${sql.table(`${partition.schema}.${partitionName(partition)}`)}`.execute(
      tx,
    )
  })
}

/** The same for a hypertable or a continuous aggregate. */
export async function dropChunksBefore<Tables>(
  db: Kysely<Tables>,
  { schema, table, beforeMs }: DaysBefore,
): Promise<string[]> {
  const dropped: string[] = []
  await inTransaction(db, async (tx) => {
    await DROP_LOCK_TIMEOUT.execute(tx)
    const { rows } = await sql<{ chunk: string }>`select drop_chunks(${`${schema}.${table}`}::regclass,
      older_than => ${new Date(beforeMs)}::timestamptz) as chunk`.execute(tx)
    dropped.push(...rows.map(({ chunk }) => chunk))
  })
  return dropped
}

const inTransaction = <Tables>(
  db: Kysely<Tables>,
  work: (tx: Kysely<Tables>) => Promise<void>,
): Promise<void> => (db.isTransaction ? work(db) : db.transaction().execute(work))
