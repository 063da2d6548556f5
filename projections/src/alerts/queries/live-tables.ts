// What every query of the alerting read model needs: its live tables, and conditions that are put together.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { readLive } from '../../live-generation.ts'
import type { TenantScopes } from '../../tenant-scope.ts'

/** Names a table of the live generation. */
export type Tables = (name: string) => RawBuilder<unknown>

/** Reads with the live generation; once more when its tables were dropped meanwhile. @throws NoGeneration */
export const fromLive = <Answer>(
  db: Kysely<unknown>,
  read: (tables: Tables) => Promise<Answer>,
): Promise<Answer> => readLive(db, 'alerts', ({ schema }) => read((name) => sql.table(`${schema}.${name}`)))

export const allOf = (conditions: readonly (RawBuilder<unknown> | undefined)[]): RawBuilder<unknown> =>
  sql.join(
    conditions.filter((condition) => condition !== undefined),
    sql` and `,
  )

/** A part of one of the texts, in any case. */
export function contains(q: string, texts: RawBuilder<unknown>): RawBuilder<unknown> {
  const pattern = `%${q.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
  return sql`concat_ws(' ', ${texts}) ilike ${pattern}`
}

/** Rows are counted so far: nobody pages through more. */
export const COUNTED = 10_000

/** How many rows there are, up to `most`. */
export async function countUpTo(
  db: Kysely<unknown>,
  rows: { readonly from: RawBuilder<unknown>; readonly where: RawBuilder<unknown> },
  most: number = COUNTED,
): Promise<number> {
  const counted = await sql<{ n: number }>`select count(*)::int as n
    from (select from ${rows.from} where ${rows.where} limit ${most}) c`.execute(db)
  return counted.rows[0]?.n ?? 0
}

/** Rows of these tenants and of no other. */
export function ofTenants(column: string, scopes: TenantScopes): RawBuilder<unknown> {
  const [only, ...more] = scopes.map(({ tenant }) => tenant)
  // Of one tenant an index gives the rows in their order.
  return more.length === 0
    ? sql`${sql.ref(column)} = ${only}`
    : sql`${sql.ref(column)} = any(${[only, ...more]}::text[])`
}
