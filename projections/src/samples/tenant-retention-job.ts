// Tenants that keep less than the platform does: their rows are deleted, while days and chunks live as long as the
// longest that anybody keeps.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type RawBuilder } from 'kysely'
import type { TenantRetention } from '@secumon/domain/retention/retention'
import { liveSchema, NoGeneration, QUERIES_FOLLOW_MS } from '../live-generation.ts'
import type { Generation } from '../generations.ts'
import { lockCounts } from '../logs/counts/lock-counts.ts'
import { pause } from '../pause.ts'
import { retentions } from '../retention/queries.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { NotYet, settledMs, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { allDeleted, deleteCuts, type TenantCut } from './delete-cuts.ts'
import { raiseFloor } from './retention-floor.ts'
import { liveSamples, sealedWaits } from './retention-job.ts'
import { keptRelations, type KeptRelation } from './retention-relations.ts'
import { sealedStillNeeded } from './rollups/seal-old-rows.ts'

export const tenantRetention: StorageJob = {
  name: 'tenant-retention',
  about: 'deletes what tenants keep for less time than the platform does',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const today = Math.floor(settledMs(context) / DAY_MS)
    const set = await retentions(context.db)
    if (set.size === 0) return undefined
    const samples = await deleteSamples(context, { set, today })
    const removed = samples.removed + (await deleteLines(context, { set, today }))
    const said = removed > 0 ? [`removed ${removed} rows`] : []
    if (samples.waits.length > 0) throw new NotYet([...said, ...samples.waits].join('; '))
    allDeleted(context)
    return said[0]
  },
}

const of = (tenant: string): RawBuilder<unknown> => sql`tenant_id = ${tenant}`

type Due = { readonly set: ReadonlyMap<string, TenantRetention>; readonly today: number }

type Deleted = { readonly removed: number; readonly waits: readonly string[] }

async function deleteSamples(context: JobContext, due: Due): Promise<Deleted> {
  const { signal, queriesFollowMs = QUERIES_FOLLOW_MS * 2 } = context
  const live = await liveSamples(context)
  const raised = new Map<string, Cuts>()
  for (const relation of keptRelations(context.kept))
    raised.set(relation.relation, await raiseFloors(context, { live, relation, due }))
  if ([...raised.values()].some(({ cuts }) => cuts.length > 0)) await pause(queriesFollowMs, signal)
  let removed = 0
  const needed = await sealedStillNeeded(context.db)
  for (const [table, { cuts }] of raised)
    for (const schema of needed.has(table) ? [live.schema] : [live.schema, SEALED_SCHEMA])
      removed += await deleteCuts(context, { schema, table }, cuts)
  const waits = new Set([...raised.values()].flatMap((each) => each.waits))
  return { removed, waits: [...waits, ...[...needed].map(sealedWaits)] }
}

type Raising = { readonly live: Generation; readonly relation: KeptRelation; readonly due: Due }

type Cuts = { readonly cuts: readonly TenantCut[]; readonly waits: readonly string[] }

/** Of each tenant that keeps less of the relation, where it begins now, and what keeps it from beginning later. */
async function raiseFloors(
  { db, kept, signal }: JobContext,
  { live, relation, due }: Raising,
): Promise<Cuts> {
  const cuts: TenantCut[] = []
  const waits: string[] = []
  for (const [tenant, days] of due.set) {
    signal.throwIfAborted()
    const own = keptRelations({ ...kept, ...days }).find((each) => each.relation === relation.relation)
    if (!own || own.keptDays >= relation.keptDays) continue
    const wantedMs = (due.today - own.keptDays) * DAY_MS
    const { floorMs, waitsFor } = await raiseFloor(db, live, { ...own, wantedMs, tenant })
    if (floorMs !== undefined) cuts.push({ tenant, whose: of(tenant), beforeMs: floorMs })
    if (waitsFor !== undefined) waits.push(waitsFor)
  }
  return { cuts, waits }
}

async function deleteLines(context: JobContext, { set, today }: Due): Promise<number> {
  const { db, kept } = context
  const cuts = [...set].flatMap(([tenant, { logs }]) =>
    logs !== undefined && logs < kept.logs
      ? [{ tenant, whose: of(tenant), beforeMs: (today - logs) * DAY_MS }]
      : [],
  )
  if (cuts.length === 0) return 0
  try {
    const schema = await liveSchema(db, 'logs')
    let removed = 0
    for (const each of [schema, SEALED_SCHEMA])
      removed += await deleteCuts(context, { schema: each, table: 'logs' }, cuts)
    // After the lines and alone: nobody counts or adds up again what goes.
    await db.transaction().execute(async (tx) => {
      await lockCounts(tx, schema)
      await deleteCuts(context, { schema, table: 'log_counts' }, cuts)
    })
    return removed
  } catch (error) {
    if (error instanceof NoGeneration) return 0
    throw error
  }
}
