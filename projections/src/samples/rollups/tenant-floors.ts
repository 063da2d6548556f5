// Buckets whose rows a tenant has let go of, while others still have theirs: what was made of them stays as it is.

import { sql } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { Bucket, Buckets } from './late.ts'
import type { Place } from './statements.ts'

/** Those that cannot be made again. Under the rollup's row, which raising a floor holds as well. */
export async function belowTenantFloors(
  tx: PlatformTx,
  { projection, version, schema }: Place,
  { rollup, buckets }: Buckets,
): Promise<ReadonlySet<Bucket>> {
  if (buckets.length === 0) return new Set()
  const { rows } = await sql<{ place: number }>`
    select distinct d.place::int as place
    from unnest(${buckets.map(({ agent }) => agent)}::uuid[],
      ${buckets.map(({ bucketMs }) => new Date(bucketMs))}::timestamptz[]) with ordinality as d (agent, bucket, place)
    join secumon.tenant_floors f on f.projection = ${projection} and f.version = ${version}
      and f.relation = ${rollup.source} and d.bucket < f.floor
    join ${sql.table(`${schema}.${rollup.name}`)} r on r.agent_id = d.agent and r.time = d.bucket
      and r.tenant_id = f.tenant_id`.execute(tx)
  const places = new Set(rows.map(({ place }) => place))
  return new Set(buckets.filter((_, i) => places.has(i + 1)))
}
