// What can answer a question for values over time, and how far each of it reaches: asked as often as which generation is
// live, which is what it is remembered with.

import { sql, type Kysely } from 'kysely'
import type { LiveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import type { TenantScope } from '../tenant-scope.ts'
import type { Relation, Relations } from './plan.ts'
import { isRolledUp, ROLLUPS, rollupsOf } from './rollups/definitions.ts'
import type { MetricGroup } from './series-sql.ts'
import { DEFAULT_KEPT_DAYS } from '../storage/kept-days.ts'
import { SAMPLE_TABLES } from './tables.ts'

type Reach = Pick<Relation, 'floorMs' | 'untilMs' | 'sealed'>

/** By relation; what the generation does not have is not in it. */
export type Reaches = ReadonlyMap<string, Reach>

const known = new WeakMap<LiveGeneration, Map<string, Promise<Reaches>>>()

/** How far the relations of the live generation reach for a tenant, who may keep less than others. */
export function reachesOf<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
  live: LiveGeneration,
): Promise<Reaches> {
  const ofTenants = known.get(live) ?? new Map<string, Promise<Reaches>>()
  known.set(live, ofTenants)
  const reaches = ofTenants.get(tenant) ?? readReaches(db, tenant, live)
  ofTenants.set(tenant, reaches)
  reaches.catch(() => ofTenants.delete(tenant))
  return reaches
}

/** What answers for a group of metrics, the finest first. A rollup that was never made is not there. */
export function relationsFor(
  { table, dimension }: Pick<MetricGroup, 'table' | 'dimension'>,
  reaches: Reaches,
): Relations {
  const whole: Reach = { floorMs: -Infinity, untilMs: Infinity, sealed: false }
  const raw: Relation = { ...(reaches.get(table) ?? whole), name: table, resolutionMs: 0 }
  const rolledUp = isRolledUp({ table, ...(dimension && { dimension }) }) ? rollupsOf(table) : []
  return [
    raw,
    ...rolledUp.flatMap(({ name, resolutionMs }) => {
      const reach = reaches.get(name)
      return reach ? [{ ...reach, name, resolutionMs }] : []
    }),
  ]
}

type ReachRow = {
  readonly name: string
  readonly floor_ms: number
  readonly until_ms: number | null
  readonly sealed: boolean
}

const AS_MEASURED: readonly string[] = SAMPLE_TABLES.map(({ table }) => table)
/** How long each is kept when nothing is set. */
const KEPT = [
  ...AS_MEASURED.map((name) => ({ name, days: DEFAULT_KEPT_DAYS.raw })),
  ...ROLLUPS.map(({ name, keptDays }) => ({ name, days: keptDays })),
]

/**
 * Of relation `c` and its progress `r`: true of an aggregate that is made up to some days ago, which is to say up to now, for
 * the database refreshes its newest days by itself.
 */
export const isMadeByDatabase = sql`(c.relkind = 'v' and r.until > now() - interval '7 days')`

// A view is a continuous aggregate, whose newest part is made while it is read; one that is still being made of what was
// there before it reaches as far as it has been made, for its newest days hide what is missing before them. Of a rollup in
// a table of ours nothing is known before its refresher has said how far it is. Where nothing has been dropped yet, as after
// a rebuild, a relation begins where it would: what is older is in a coarser one, if anywhere. What was sealed before there
// were rollups is rolled up from its newest day back.
async function readReaches<Tables>(
  db: Kysely<Tables>,
  tenant: string,
  { schema, version }: LiveGeneration,
): Promise<Reaches> {
  const { rows } = await sql<ReachRow>`
    select c.relname as name,
      (extract(epoch from greatest(t.floor, s.floor,
        coalesce(f.floor, date_trunc('day', now(), 'UTC') - make_interval(days => k.days)))) * 1000)::float8 as floor_ms,
      case when c.relname = any(${AS_MEASURED}) or ${isMadeByDatabase}
          then 'infinity'::float8
        else (extract(epoch from r.until) * 1000)::float8 end as until_ms,
      to_regclass(${SEALED_SCHEMA} || '.' || c.relname) is not null as sealed
    from unnest(${KEPT.map(({ name }) => name)}::text[], ${KEPT.map(({ days }) => days)}::int[]) as k (name, days)
    join pg_class c on c.relname = k.name join pg_namespace n on n.oid = c.relnamespace
    left join secumon.floors f
      on (f.projection, f.version, f.relation) = ('samples', ${version}, c.relname)
    left join secumon.tenant_floors t
      on (t.projection, t.version, t.relation, t.tenant_id) = ('samples', ${version}, c.relname, ${tenant})
    left join secumon.floors s on (s.projection, s.version, s.relation) = (${SEALED_SCHEMA}, 0, c.relname)
    left join secumon.rollups r
      on (r.projection, r.version, r.relation) = ('samples', ${version}, c.relname)
    where n.nspname = ${schema}`.execute(db)
  return new Map(
    rows.flatMap(({ name, floor_ms, until_ms, sealed }) =>
      until_ms === null ? [] : [[name, { floorMs: floor_ms, untilMs: until_ms, sealed }] as const],
    ),
  )
}
