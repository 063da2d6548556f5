// Rows as INSERT … SELECT FROM unnest, one array parameter a column: for servers and proxies that take no COPY.

import { sql, type Kysely, type Transaction } from 'kysely'
import { insertTarget, type Column, type RowShape, type RowWriter, type WriteRows } from './row-writer.ts'

type Value = string | number | boolean | null

/** One INSERT statement for all rows. */
export const unnestRows: WriteRows = (shape) => new UnnestRows(shape)

class UnnestRows implements RowWriter {
  rowCount = 0
  readonly #shape: RowShape
  #columns: Value[][]
  #next = 0

  constructor(shape: RowShape) {
    this.#shape = shape
    this.#columns = shape.columns.map(() => [])
  }

  clear(): void {
    this.rowCount = 0
    this.#columns = this.#shape.columns.map(() => [])
  }

  async write(tx: Transaction<unknown> | Kysely<unknown>, schema: string): Promise<void> {
    if (this.rowCount === 0) return
    const { columns } = this.#shape
    const arrays = this.#columns.map((values, i) => sql`${values}::${sql.raw(transportType(columns[i]))}[]`)
    const selected = columns.map((column) => sql`r.${sql.ref(column.name)}::${sql.raw(column.kind)}`)
    const names = columns.map((column) => sql.ref(column.name))
    await sql`insert into ${insertTarget(schema, this.#shape)}
      select ${sql.join(selected)} from unnest(${sql.join(arrays)}) as r (${sql.join(names)})`.execute(tx)
    this.clear()
  }

  row(): void {
    this.rowCount++
    this.#next = 0
  }

  text(value: string | undefined): void {
    this.#put(value ?? null)
  }

  uuid(value: Uint8Array): void {
    this.#put(Buffer.from(value).toString('hex'))
  }

  timestamptz(ms: number): void {
    this.#put(new Date(ms).toISOString())
  }

  boolean(value: boolean): void {
    this.#put(value)
  }

  integer(value: number | undefined): void {
    this.#put(value ?? null)
  }

  bigint(value: number | undefined): void {
    this.#put(value ?? null)
  }

  real(value: number | undefined): void {
    this.#put(value === undefined ? null : Math.fround(value))
  }

  double(value: number | undefined): void {
    this.#put(value ?? null)
  }

  realArray(values: readonly number[]): void {
    this.#put(values.length === 0 ? null : `{${values.map((value) => Math.fround(value)).join(',')}}`)
  }

  textArray(values: readonly string[]): void {
    this.#put(values.length === 0 ? null : `{${values.map(quoted).join(',')}}`)
  }

  #put(value: Value): void {
    this.#columns[this.#next++]?.push(value)
  }
}

// unnest would flatten arrays of arrays: they travel as text and are cast in the SELECT.
const transportType = (column: Column | undefined): string =>
  column?.kind.endsWith('[]') ? 'text' : (column?.kind ?? 'text')

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
