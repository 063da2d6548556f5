// Reads the archive of domain events: every envelope, kept by PostgreSQL since its commit.

import type { AggregateRef } from '@secumon/domain/decider'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import { EMPTY_DIGEST, extendDigest, type Digest } from './digest.ts'

const PAGE_ROWS = 5_000

export type ArchivedEnvelope = {
  readonly version: number
  readonly commandId: string
  readonly hash: Uint8Array
  readonly payload: Uint8Array
}

type Row = AggregateRef & { readonly version: number; readonly hash: Uint8Array }

const BEFORE_ALL = { tenant: '', aggregate: '', id: '', version: 0 }

/** Every aggregate of the archive with the digest of its envelopes in order of version. */
export async function* archivedAggregates(
  database: Kysely<PlatformTables>,
): AsyncGenerator<{ aggregate: AggregateRef; digest: Digest }, void, undefined> {
  let current: { aggregate: AggregateRef; digest: Digest } | undefined
  for await (const { tenant, aggregate, id, hash } of archivedRows(database)) {
    const ref = { tenant, aggregate, id }
    if (current && !sameAggregate(current.aggregate, ref)) {
      yield current
      current = undefined
    }
    current = { aggregate: ref, digest: extendDigest(current?.digest ?? EMPTY_DIGEST, hash) }
  }
  if (current) yield current
}

/** The envelopes of one aggregate, in order of version. */
export async function archivedEnvelopes(
  database: Kysely<PlatformTables>,
  { tenant, aggregate, id }: AggregateRef,
): Promise<ArchivedEnvelope[]> {
  const rows = await database
    .selectFrom('secumon.events_archive')
    .select(['version', 'command_id as commandId', 'hash', 'payload'])
    .where('tenant', '=', tenant)
    .where('aggregate', '=', aggregate)
    .where('id', '=', id)
    .orderBy('version')
    .execute()
  return rows.map((row) => ({ ...row, version: Number(row.version) }))
}

const sameAggregate = (a: AggregateRef, b: AggregateRef): boolean =>
  a.id === b.id && a.aggregate === b.aggregate && a.tenant === b.tenant

async function* archivedRows(database: Kysely<PlatformTables>): AsyncGenerator<Row, void, undefined> {
  let after: Omit<Row, 'hash'> = BEFORE_ALL
  for (;;) {
    const rows = await database
      .selectFrom('secumon.events_archive')
      .select(['tenant', 'aggregate', 'id', 'version', 'hash'])
      .where(
        sql<boolean>`(tenant, aggregate, id, version) > (${after.tenant}, ${after.aggregate}, ${after.id}, ${after.version}::bigint)`,
      )
      .orderBy('tenant')
      .orderBy('aggregate')
      .orderBy('id')
      .orderBy('version')
      .limit(PAGE_ROWS)
      .execute()
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE_ROWS) return
    after = last
  }
}
