// Where what tenants keep begins, when another generation takes over: it was built of all that the archive has, also of what
// they have let go of.

import { sql } from 'kysely'
import type { PlatformTx } from '../admission.ts'
import type { Generation } from '../generations.ts'
import { tenantRetention } from '../samples/tenant-retention-job.ts'
import { hastenJob } from '../storage/job-rows.ts'

export type Carried = { readonly live: Generation; readonly next: Generation; readonly nowMs: number }

/** Nobody reads beyond them from the swap on; what lies there goes soon. In the transaction of the swap. */
export async function carryTenantFloors(tx: PlatformTx, { live, next, nowMs }: Carried): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    insert into secumon.tenant_floors as held (projection, version, relation, tenant_id, floor)
    select projection, ${next.generation}, relation, tenant_id, floor from secumon.tenant_floors
    where projection = ${live.projection} and version = ${live.generation}
    on conflict (projection, version, relation, tenant_id)
      do update set floor = greatest(held.floor, excluded.floor)`.execute(tx)
  if (numAffectedRows > 0n) await hastenJob(tx, tenantRetention.name, nowMs)
}
