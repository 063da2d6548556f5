// The relations that hold what was measured: how large each is, where it begins and ends, and how far it is made.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { isMadeByDatabase } from '../../samples/relations.ts'
import { ROLLUPS } from '../../samples/rollups/definitions.ts'
import { keptDaysOf } from '../../samples/retention-relations.ts'
import { DEFAULT_KEPT_DAYS, type KeptDays } from '../kept-days.ts'
import { sizeOf, type Size } from './sizes.ts'
import { knownAgents, spanOf, type Span } from './spans.ts'

export type RelationStatus = Size &
  Span & {
    readonly schema: string
    readonly name: string
    readonly form: Form
    /** What it is kept as long as; null where nothing in it grows old. */
    readonly kind: keyof KeptDays | null
    /** What lies before has been dropped. Null of what was sealed: there a floor says what is yet to be made. */
    readonly floorMs: number | null
    /** Of a rollup of ours: what ends by then is made. */
    readonly untilMs: number | null
    /** Buckets that got rows after they were made, and have yet to be made again. */
    readonly dirty: number
    /** Rows that came after what is made of them could not be made again. */
    readonly lateRows: number
  }

/** How a relation is held: one table, partitions of ours, chunks of TimescaleDB, or a continuous aggregate. */
export type Form = 'table' | 'partitioned' | 'hypertable' | 'aggregate'

export type Listed = Omit<RelationStatus, keyof Size | keyof Span> & {
  /** Columns that say when the rows are, the earliest and the latest; null: none. */
  readonly timed: readonly [string, string] | null
}

const PROJECTIONS = ['samples', 'logs']

/** Those of the live generations and of what was sealed, by name; their parts are not listed. */
export async function listRelations(db: Database): Promise<RelationStatus[]> {
  const [listed, agents] = await Promise.all([listedRelations(db), knownAgents(db)])
  const relations: RelationStatus[] = []
  for (const { timed, ...relation } of listed) {
    const size = await sizeOf(db, relation)
    const span = await spanOf(db, { ...relation, timed }, agents)
    relations.push({ ...relation, ...size, ...span })
  }
  return relations
}

async function listedRelations(db: Database): Promise<Listed[]> {
  const hypertables = await hypertablesOf(db)
  const { rows } = await sql<Omit<Listed, 'form' | 'kind'> & { readonly relkind: string }>`
    with held as (
      select projection, version, schema from secumon.projection_live where projection = any (${PROJECTIONS})
      union all select ${SEALED_SCHEMA}, 0, ${SEALED_SCHEMA})
    select h.schema, c.relname as name, c.relkind,
      case when h.projection <> ${SEALED_SCHEMA} then f.floor end as "floorMs",
      case when not ${isMadeByDatabase} then r.until end as "untilMs",
      coalesce(f.late_rows, 0)::float8 as "lateRows",
      (select count(*)::float8 from secumon.rollup_dirty d
        where d.projection = h.projection and d.version = h.version and d.relation = c.relname) as dirty,
      (select case when bool_or(a.attname = 'time') then array['time', 'time']
          when bool_or(a.attname = 'first') then array['first', 'last'] end
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as timed
    from held h join pg_namespace n on n.nspname = h.schema join pg_class c on c.relnamespace = n.oid
    left join secumon.floors f
      on f.projection = h.projection and f.version = h.version and f.relation = c.relname
    left join secumon.rollups r
      on r.projection = h.projection and r.version = h.version and r.relation = c.relname
    where c.relkind in ('r', 'p', 'v') and not c.relispartition
    order by h.schema, c.relname`.execute(db)
  return rows.map(({ relkind, ...row }) => ({
    ...row,
    form: hypertables.has(`${row.schema}.${row.name}`) ? 'hypertable' : (FORMS[relkind] ?? 'table'),
    kind: row.timed && kindOf(row),
  }))
}

function kindOf({ schema, name }: Pick<Listed, 'schema' | 'name'>): keyof KeptDays {
  const rollup = ROLLUPS.find((each) => each.name === name)
  if (!rollup) return schema.startsWith('logs') || name === 'logs' ? 'logs' : 'raw'
  return keptDaysOf(rollup, DEFAULT_KEPT_DAYS) === DEFAULT_KEPT_DAYS.rollup5min ? 'rollup5min' : 'rollup1hour'
}

const FORMS: Readonly<Record<string, Form>> = { r: 'table', p: 'partitioned', v: 'aggregate' }

async function hypertablesOf(db: Database): Promise<ReadonlySet<string>> {
  const installed = await sql`select from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.rows.length === 0) return new Set()
  const { rows } = await sql<{ name: string }>`select hypertable_schema || '.' || hypertable_name as name
    from timescaledb_information.hypertables`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
