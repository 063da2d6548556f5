// The rows of a sample table that there are: those of the live generation, as rows and as packs of closed days, and those
// that are older than anything it could be built from. Parts that do not exist are not even asked for.

import { ulidToUuid } from '@secumon/contracts/ids'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type RawBuilder } from 'kysely'
import type { LiveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { packedName, type PackedShape } from './packed/packed-shape.ts'
import { unpackedRows } from './packed/unpacked-rows.ts'
import { SAMPLE_TABLES, STAMP_COLUMNS } from './tables.ts'

/** Which rows of a sample table, and what of them. */
export type WantedRows = {
  readonly relation: string
  /** What the statement uses beside `STAMP_COLUMNS`, which are always there; absent: all. Each costs time. */
  readonly columns?: readonly string[]
  /**
   * Where rows of interest begin and end (not included), and whose they are (ULID). They spare work, and leave out what
   * is surely not wanted: the statement still has to say the same of its rows.
   */
  readonly fromMs?: number
  readonly toMs?: number
  readonly agent?: string
}

const SHAPES: ReadonlyMap<string, PackedShape> = new Map(SAMPLE_TABLES.map((shape) => [shape.table, shape]))
const STAMP = STAMP_COLUMNS.map(({ name }) => name)

/** To stand behind `from`; conditions on it reach into all parts. Tables that have no samples are themselves. */
export function heldRows(
  { schema, sealed, packed }: Pick<LiveGeneration, 'schema' | 'sealed' | 'packed'>,
  wanted: WantedRows,
): RawBuilder<unknown> {
  const live = sql.table(`${schema}.${wanted.relation}`)
  const shape = SHAPES.get(wanted.relation)
  if (!shape || (!sealed && !packed)) return live
  const columns = wantedColumns(shape, wanted)
  const list = sql.join(columns.map((name) => sql.ref(name)))
  const parts = [sql`select ${list} from ${live}`]
  if (packed) {
    const packs = sql.table(`${schema}.${packedName(shape.table)}`)
    parts.push(unpackedRows({ schema, shape, columns, packs, where: mayBeWanted(wanted) }))
  }
  if (sealed) parts.push(sql`select ${list} from ${sql.table(`${SEALED_SCHEMA}.${shape.table}`)}`)
  return sql`(${sql.join(parts, sql` union all `)})`
}

/** Whose the row is, of columns that are the same for all rows of a series; its alias is `r`. */
type Newest = { readonly relation: string; readonly whose: RawBuilder<unknown> }

/** When the newest of some rows was measured; null where there is none. Packs are not opened for it. */
export function newestHeld(
  { schema, sealed, packed }: Pick<LiveGeneration, 'schema' | 'sealed' | 'packed'>,
  { relation, whose }: Newest,
): RawBuilder<unknown> {
  const newest = (table: string, column: string) =>
    sql`(select max(r.${sql.ref(column)}) from ${sql.table(table)} as r where ${whose})`
  const parts = [newest(`${schema}.${relation}`, 'time')]
  if (packed) parts.push(newestPacked(sql.table(`${schema}.${packedName(relation)}`), whose))
  if (sealed) parts.push(newest(`${SEALED_SCHEMA}.${relation}`, 'time'))
  return sql`greatest(${sql.join(parts)})`
}

// Of the last day alone: there may be a pack for each process of every day.
const newestPacked = (packs: RawBuilder<unknown>, whose: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(select max(r.last) from ${packs} as r where ${whose} and r.first >= (
    select date_trunc('day', r.first, 'UTC') from ${packs} as r where ${whose} order by r.first desc limit 1))`

function wantedColumns(shape: PackedShape, { columns }: WantedRows): string[] {
  const all = shape.columns.map(({ name }) => name)
  return columns ? all.filter((name) => STAMP.includes(name) || columns.includes(name)) : all
}

// A pack does not reach beyond its day.
function mayBeWanted({ fromMs, toMs, agent }: WantedRows): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (agent !== undefined) conditions.push(sql`p.agent_id = ${ulidToUuid(agent)}::uuid`)
  if (fromMs !== undefined) {
    const dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS
    conditions.push(sql`p.first >= ${new Date(dayMs)} and p.last >= ${new Date(fromMs)}`)
  }
  if (toMs !== undefined) conditions.push(sql`p.first < ${new Date(toMs)}`)
  return sql.join(conditions, sql` and `)
}
