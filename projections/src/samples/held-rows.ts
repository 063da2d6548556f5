// The rows of a sample table that there are: those of the live generation, and those that are older than anything it could
// be built from. Where none were sealed the second part is not even asked for.

import { sql, type RawBuilder } from 'kysely'
import type { LiveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { SAMPLE_TABLES } from './tables.ts'

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

const COLUMNS: ReadonlyMap<string, RawBuilder<unknown>> = new Map(
  SAMPLE_TABLES.map(({ table, columns }) => [table, sql.join(columns.map(({ name }) => sql.ref(name)))]),
)

/** To stand behind `from`; conditions on it reach into all parts. */
export function heldRows({ schema, sealed }: LiveGeneration, { relation }: WantedRows): RawBuilder<unknown> {
  const live = sql.table(`${schema}.${relation}`)
  const columns = COLUMNS.get(relation)
  if (!sealed || !columns) return live
  const old = sql.table(`${SEALED_SCHEMA}.${relation}`)
  return sql`(select ${columns} from ${live} union all select ${columns} from ${old})`
}
