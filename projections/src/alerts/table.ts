// The two ways in which events become rows: folded into the row of what they are about, or written down one by one. A
// batch costs two statements a table, whatever it holds.
//
// Columns whose name is `at` or ends in `_at` are times: epoch milliseconds in a row here, timestamptz in the database.

import { sql, type RawBuilder } from 'kysely'
import type { GenerationTx } from '../projector.ts'
import type { Said } from './said.ts'

export type Target = { readonly tx: GenerationTx; readonly schema: string }

/** A table of the read model that takes what was said. */
export type ReadTable = { project(said: readonly Said[], target: Target): Promise<void> }

type Value = string | number | boolean | null | object
type Columns = Readonly<Record<string, Value>>

/** The columns that every folded row has; they are kept here. */
export type Stamp = {
  readonly tenant_id: string
  readonly id: string
  /** Of the aggregate. */
  readonly version: number
  /** Of its last event. */
  readonly last_at: number
}

export type Fold<Row extends object> = {
  readonly table: string
  readonly aggregate: string
  /** The column beside tenant and id that tells several rows of one aggregate apart. */
  readonly part?: keyof Row & string
  /** Which of these rows an event changes; absent: the one of its aggregate. */
  readonly partsOf?: (said: Said) => readonly string[]
  /** The row after the event; undefined where there is none. */
  readonly fold: (row: Row | undefined, said: Said, part: string) => Row | undefined
}

/** Rows that are a state: read once a batch, folded in memory, written once. */
export function folded<Row extends object>(definition: Fold<Row>): ReadTable {
  const { table, aggregate, part } = definition
  const key = ['tenant_id', 'id', ...(part === undefined ? [] : [part])]
  const partsOf = definition.partsOf ?? (() => [''])
  return {
    async project(said, target) {
      const changes = said
        .filter((one) => one.aggregate === aggregate)
        .flatMap((one) => partsOf(one).map((name) => ({ one, name })))
      if (changes.length === 0) return
      const rows = await load<Row>(
        target,
        { table, key },
        changes.map(({ one, name }) => keyOf(one, name)),
      )
      const touched = new Map<string, Row & Stamp>()
      for (const { one, name } of changes) {
        const place = placeOf(keyOf(one, name))
        const row = definition.fold(rows.get(place), one, name)
        if (!row) continue
        const stamped = { ...row, ...stampOf(one) }
        rows.set(place, stamped)
        touched.set(place, stamped)
      }
      await write(target, { table, key }, [...touched.values()])
    },
  }
}

export type Listing<Row extends object> = {
  readonly table: string
  readonly aggregate: string
  /** What is written down of an event beside its place and time; undefined: nothing. */
  readonly list: (said: Said) => Row | undefined
}

/** Rows that are written once and stay. */
export const listed = <Row extends object>({ table, aggregate, list }: Listing<Row>): ReadTable => ({
  async project(said, target) {
    const rows = said
      .filter((one) => one.aggregate === aggregate)
      .flatMap((one) => {
        const row = list(one)
        return row ? [{ ...row, ...placeAndTime(one) }] : []
      })
    await write(target, { table, key: ['tenant_id', 'id', 'version', 'ordinal'] }, rows)
  },
})

const stampOf = ({ tenant, id, version, atMs }: Said): Stamp => ({
  tenant_id: tenant,
  id,
  version,
  last_at: atMs,
})

const placeAndTime = ({ tenant, id, version, ordinal, atMs, actor }: Said) => ({
  tenant_id: tenant,
  id,
  version,
  ordinal,
  at: atMs,
  actor,
})

type Key = readonly [tenant: string, id: string, part: string]
type Keyed = { readonly table: string; readonly key: readonly string[] }

const keyOf = ({ tenant, id }: Said, part: string): Key => [tenant, id, part]
const placeOf = (key: Key): string => key.join('/')

async function load<Row>(
  { tx, schema }: Target,
  { table, key }: Keyed,
  wanted: readonly Key[],
): Promise<Map<string, Row & Stamp>> {
  const keys = [...new Map(wanted.map((one) => [placeOf(one), one])).values()]
  const columns = sql.join(key.map((name) => sql.ref(name)))
  const lists = sql.join(key.map((_, i) => sql`${keys.map((one) => one[i] ?? '')}::text[]`))
  const { rows } = await sql<
    Row & Stamp & Record<string, unknown>
  >`select * from ${sql.table(`${schema}.${table}`)}
    where (${columns}) in (select * from unnest(${lists}))`.execute(tx)
  return new Map(rows.map((row) => [placeOf([row.tenant_id, row.id, partOf(row, key[2])]), row]))
}

const partOf = (row: Readonly<Record<string, unknown>>, part: string | undefined): string =>
  part === undefined ? '' : String(row[part])

async function write({ tx, schema }: Target, { table, key }: Keyed, rows: readonly object[]): Promise<void> {
  const [first] = rows
  if (!first) return
  const names = Object.keys(first)
  const columns = sql.join(names.map((name) => sql.ref(name)))
  const changed = names.filter((name) => !key.includes(name))
  const into = sql.table(`${schema}.${table}`)
  await sql`insert into ${into} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${into}, ${jsonOf(rows)}::jsonb)
    on conflict (${sql.join(key.map((name) => sql.ref(name)))}) do update set ${sql.join(changed.map(replaced))}`.execute(
    tx,
  )
}

const replaced = (name: string): RawBuilder<unknown> => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`

const jsonOf = (rows: readonly object[]): string =>
  JSON.stringify(
    rows.map((row) => timesAsText(row as Columns)),
    // PostgreSQL has no such character; an agent may have one in the name of a mount.
    (_, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value),
  )

const timesAsText = (row: Columns): Columns =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      (name === 'at' || name.endsWith('_at')) && typeof value === 'number' ? timeText(value) : value,
    ]),
  )

// What lies beyond is nonsense of somebody's clock, and no reason to refuse the event.
const EARLIEST_MS = 0
const LATEST_MS = Date.UTC(9999, 11, 31)

const timeText = (ms: number): string =>
  new Date(Math.min(LATEST_MS, Math.max(EARLIEST_MS, ms))).toISOString()
