// The contract of writing many rows at once. Values are given column by column, row by row, without an object per
// row: this is the hot path of every projector. Two implementations: copy-rows.ts and unnest-rows.ts.

import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'

export type ColumnKind =
  | 'text'
  | 'uuid'
  | 'timestamptz'
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double precision'
  | 'real[]'
  | 'text[]'

export type Column = { readonly name: string; readonly kind: ColumnKind }

/** The columns that will be written, in the order in which each row gives its values. */
export type RowShape = { readonly table: string; readonly columns: readonly Column[] }

/**
 * Collects rows, then writes them all. Call `row()`, then for each column of the shape the method of its kind, in
 * order; undefined is null. Values must be valid for their kind: checking them is the caller's duty.
 */
export type RowWriter = {
  /** Rows collected since the last `clear`. */
  readonly rowCount: number
  row(): void
  text(value: string | undefined): void
  /** 16 bytes. */
  uuid(value: Uint8Array): void
  /** Milliseconds since 1970. */
  timestamptz(ms: number): void
  boolean(value: boolean): void
  integer(value: number | undefined): void
  /** An integer up to 2^53 either way. */
  bigint(value: number | undefined): void
  real(value: number | undefined): void
  double(value: number | undefined): void
  /** An empty array is written as null. */
  realArray(values: readonly number[]): void
  /** An empty array is written as null. */
  textArray(values: readonly string[]): void
  /** Writes what was collected into `schema`.table and clears. */
  write(tx: Transaction<unknown> | Kysely<unknown>, schema: string): Promise<void>
  clear(): void
}

/** Makes a writer: `copyRows` where COPY can go, `unnestRows` elsewhere. */
export type WriteRows = (shape: RowShape) => RowWriter

/** `"schema"."table" ("a", "b")`. */
export const insertTarget = (schema: string, shape: RowShape): RawBuilder<unknown> =>
  sql`${sql.table(`${schema}.${shape.table}`)} (${sql.join(shape.columns.map((column) => sql.ref(column.name)))})`
