// A generation keeps the form that it was made with. Not every database can go on with every form: then nobody guesses.

import {
  describeDatabase,
  hypertablesIn,
  type TimeSeriesDatabase,
  type TimeSeriesEdition,
} from '@secumon/migrations/timescale'
import { sql, type Kysely } from 'kysely'
import { UnusableGeneration } from '../generations.ts'

/**
 * `partitions`: days of ours. `hypertables`: of TimescaleDB, rolled up by us. `aggregates`: rolled up and compressed by
 * TimescaleDB. `remains`: what hypertables leave behind when TimescaleDB goes, without their rows.
 */
export type GenerationForm = 'partitions' | 'hypertables' | 'aggregates' | 'remains'

/** What has to be done before a database of this edition can go on with the form; undefined: nothing. */
export function faultOf(form: GenerationForm, offered: TimeSeriesEdition): string | undefined {
  if (form === 'remains')
    return 'its tables were hypertables, whose rows went with TimescaleDB: restore the database, or make them anew from the archive'
  if (form === 'aggregates' && offered !== 'full')
    return (
      'its rows are compressed and rolled up by TimescaleDB’s full edition, which alone can read them: give the database ' +
      'that edition back, or make the tables anew from the archive'
    )
  return undefined
}

export type Serving = { readonly schema: string; readonly database: TimeSeriesDatabase }

/** @throws UnusableGeneration, whose message says what to do */
export async function requireServed(db: Kysely<unknown>, { schema, database }: Serving): Promise<void> {
  const fault = faultOf(await formOf(db, schema), database.offered)
  if (fault === undefined) return
  throw new UnusableGeneration(
    `${schema} cannot be used on ${describeDatabase(database)}: ${fault} with \`secumon rebuild samples\``,
  )
}

async function formOf(db: Kysely<unknown>, schema: string): Promise<GenerationForm> {
  const { rows } = await sql<{ kind: string; rolledUpBy: string | null }>`select m.relkind as kind,
      (select relkind from pg_class where relnamespace = m.relnamespace and relname = 'metrics_5min') as "rolledUpBy"
    from pg_class m join pg_namespace n on n.oid = m.relnamespace
    where n.nspname = ${schema} and m.relname = 'metrics'`.execute(db)
  const { kind, rolledUpBy } = rows[0] ?? {}
  if (kind === 'p') return 'partitions'
  if (!(await hypertablesIn(db, schema)).has('metrics')) return 'remains'
  return rolledUpBy === 'v' ? 'aggregates' : 'hypertables'
}
