// Makes a day's counts anew from its lines.

import type { Database } from '@secumon/infra/database/database'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { isHypertable } from '@secumon/migrations/timescale'
import { sql, type RawBuilder } from 'kysely'
import { LOGS_SHAPE } from '../tables.ts'
import { lockCounts } from './lock-counts.ts'
import { COUNTED_BY, COUNTED_MS, LOG_COUNTS_SHAPE } from './tables.ts'

/** A day of a generation; `day` counts from 1970-01-01 UTC. */
export type CountedDay = { readonly schema: string; readonly day: number }

/**
 * In one statement, so that what is written meanwhile is either in both tables or in none. Writers do not wait for it. Of
 * days that counts are whole of.
 */
export async function recountDay(tx: Database, { schema, day }: CountedDay): Promise<void> {
  const { table } = LOG_COUNTS_SHAPE
  // A program that knows of no counts makes a day of lines alone.
  if (!(await isHypertable(tx, { schema, table }))) await createPartition(tx, { schema, table, day })
  const { counts, lines, within } = relationsOf({ schema, day })
  const names = sql.join(COUNTED_BY.map((name) => sql.ref(name)))
  const others = sql.join(COUNTED_BY.filter((name) => name !== 'time').map((name) => sql.ref(name)))
  await lockCounts(tx, schema)
  await sql`with gone as (delete from ${counts} where ${within})
    insert into ${counts} (${names}, lines)
    select date_bin(make_interval(secs => ${COUNTED_MS / 1000}), time, 'epoch'::timestamptz), ${others}, count(*)
    from ${lines} where ${within} group by 1, ${others}`.execute(tx)
}

/** Whether there are as many lines of the day as are counted. */
export async function isCounted(db: Database, counted: CountedDay): Promise<boolean> {
  const { counts, lines, within } = relationsOf(counted)
  const { rows } = await sql<{ same: boolean }>`select
    (select coalesce(sum(lines), 0) from ${counts} where ${within})
      = (select count(*) from ${lines} where ${within}) as same`.execute(db)
  return rows[0]?.same ?? true
}

type Relations = Readonly<Record<'counts' | 'lines' | 'within', RawBuilder<unknown>>>

const relationsOf = ({ schema, day }: CountedDay): Relations => ({
  counts: sql.table(`${schema}.${LOG_COUNTS_SHAPE.table}`),
  lines: sql.table(`${schema}.${LOGS_SHAPE.table}`),
  within: sql`time >= ${new Date(day * DAY_MS)} and time < ${new Date((day + 1) * DAY_MS)}`,
})
