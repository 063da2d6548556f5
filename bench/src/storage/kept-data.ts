// What was made is remembered in the database itself, with what it is made of: to make it takes long, and to measure
// wants a quiet machine, so that the two can be apart.

import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { rollupColumns } from '@secumon/projections/samples/rollups/columns'
import { sql } from 'kysely'
import type { Row } from '../table.ts'
import type { Amounts } from './made-data.ts'
import { TABLES } from './raw-rows.ts'
import { VALUES } from './sample-values.ts'
import type { BytesOfTables } from './sizes.ts'
import type { Stored } from './squeeze.ts'
import { MADE_ROLLUPS } from './year-of-rollups.ts'

/** Where the bench keeps what is its own. */
export const BENCH_SCHEMA = 'bench'

/** What can only be known while the data is made. */
export type Made = {
  /** Where the samples end: a midnight, UTC. */
  readonly toMs: number
  /** Bytes of all days as rows. */
  readonly rowBytes: BytesOfTables
  readonly costs: readonly Row[]
}

/** What lies in the database already, or else what is made now. @throws Error where that is something else */
export async function madeOnce(stored: Stored, amounts: Amounts, make: () => Promise<Made>): Promise<Made> {
  const { db } = stored
  const stamp = stampOf(stored, amounts)
  const { rows: begun } = await sql`select 1 from pg_namespace where nspname = ${BENCH_SCHEMA}`.execute(db)
  if (begun.length > 0) return found(stored, stamp)
  await sql`create schema ${sql.ref(BENCH_SCHEMA)}`.execute(db)
  await sql`create table ${MADE} (stamp text not null, made jsonb not null)`.execute(db)
  const made = await make()
  await sql`insert into ${MADE} values (${stamp}, ${JSON.stringify(made)}::jsonb)`.execute(db)
  return made
}

const MADE = sql.table(`${BENCH_SCHEMA}.made`)

async function found({ db }: Stored, stamp: string): Promise<Made> {
  const { rows } = await sql<{ stamp: string; made: Made }>`select stamp, made from ${MADE}`.execute(db)
  const held = rows[0]
  if (!held) throw new Error('the data was not made to the end: remove the directory')
  if (held.stamp !== stamp)
    throw new Error(
      'the data was made of other amounts, or by other code: remove the directory, or name another',
    )
  return held.made
}

// Data that was made for tables which are different now would be measured as if it were new.
const stampOf = ({ form, generation: { schema } }: Stored, amounts: Amounts): string =>
  JSON.stringify({
    values: VALUES,
    form,
    schema,
    amounts: [amounts.agents, amounts.sampled, amounts.days],
    tables: SAMPLE_TABLES.filter(({ table }) => TABLES.some((known) => known === table)),
    rollups: MADE_ROLLUPS.map((rollup) => [rollup.name, rollupColumns(rollup)]),
  })
