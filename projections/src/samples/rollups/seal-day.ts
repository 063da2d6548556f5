// Rollups of the rows that a rebuild moves to schema `sealed`. The rule: rollups of a generation are made of its own rows,
// those in `sealed` of the rows there, or of older ones. A bucket that has rows in both has its part in both; whoever reads
// puts them together, since no row is in two of them.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { SealedDay } from '../../projector.ts'
import { columnsOf } from '../../rebuild/columns.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { shortened } from '../../rebuild/shortened.ts'
import { deleteBuckets, insertBuckets, insertRange, tableOf, widthOf } from './statements.ts'
import type { Place, TimeRange } from './statements.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import { lockProgress } from './progress.ts'
import { placeOf } from './place.ts'

/** In the transaction that has moved the rows of a table's day; nobody else makes buckets of it until that ends. */
export async function sealDayOfRollups(tx: PlatformTx, day: SealedDay): Promise<void> {
  const place = await placeOf(tx, day.live)
  const isOurs = day.live.codeVersion === day.next.codeVersion
  const range = { fromMs: day.day * DAY_MS, toMs: (day.day + 1) * DAY_MS }
  for (const rollup of ROLLUPS.filter(({ table }) => table === day.table)) {
    const { floorMs } = await lockProgress(tx, place, rollup)
    await lockSealed(tx, rollup)
    const columns = (await columnsOf(tx, place.schema, rollup.name)).map(({ name }) => name)
    const sealing = { ...day, place, rollup, range, columns, isOurs }
    const isMadeOf = (await columnsOf(tx, place.schema, rollup.source)).length > 0
    if (!isMadeOf || range.fromMs < (floorMs ?? -Infinity)) await moveWhole(tx, sealing)
    else await makeBoth(tx, sealing)
  }
}

type Sealing = SealedDay & {
  readonly place: Place
  readonly rollup: Rollup
  readonly range: TimeRange
  /** Of the live generation's; none where other code made it without. */
  readonly columns: readonly string[]
  /** False where other code makes the live generation's. */
  readonly isOurs: boolean
}

const SEALED: Place = { projection: SEALED_SCHEMA, version: 0, schema: SEALED_SCHEMA, packed: false }

type OfAgents = TimeRange & { readonly agents: readonly string[] }

/** Until the transaction ends nobody else changes what the rollup has there. */
export async function lockSealed(tx: PlatformTx, { name }: Rollup): Promise<void> {
  await sql`lock table ${sql.table(`${SEALED_SCHEMA}.${name}`)} in share row exclusive mode`.execute(tx)
}

/** Makes all buckets of a time anew, of these agents, that have rows in `sealed`. Under `lockSealed`. */
export async function remakeSealed(tx: PlatformTx, rollup: Rollup, time: OfAgents): Promise<void> {
  const held = await bucketsWithSealedRows(tx, { ...time, rollup, schema: SEALED_SCHEMA })
  await deleteBuckets(SEALED, rollup, held).execute(tx)
  await insertRange(SEALED, rollup, time).execute(tx)
}

// What they are made of is there: on one side and on the other.
async function makeBoth(tx: PlatformTx, sealing: Sealing): Promise<void> {
  const { live, next, place, rollup, range, columns, isOurs } = sealing
  const { rows } = await sql<{ agent: string }>`select agent from (${shortened(live, next)}) s`.execute(tx)
  const agents = rows.map(({ agent }) => agent)
  await remakeSealed(tx, rollup, { ...range, agents })
  if (columns.length === 0) return
  const own = await bucketsWithSealedRows(tx, { ...range, rollup, schema: place.schema, agents })
  if (!isOurs) return markBuckets(tx, place, { rollup, ...own })
  await deleteBuckets(place, rollup, own).execute(tx)
  await insertBuckets(place, rollup, { ...own, ...range }).execute(tx)
}

type Found = OfAgents & { readonly rollup: Rollup; readonly schema: string }
type Pairs = { readonly agents: string[]; readonly bucketsMs: number[] }

/** Buckets that a rollup has in the schema, and that have rows in `sealed`. */
async function bucketsWithSealedRows(
  tx: QueryExecutorProvider,
  { schema, agents, rollup, ...range }: Found,
): Promise<Pairs> {
  const source = sql.table(`${SEALED_SCHEMA}.${rollup.source}`)
  const { rows } = await sql<{ agent: string; bucketMs: number }>`
    select distinct r.agent_id as agent, r.time as "bucketMs" from ${sql.table(`${schema}.${rollup.name}`)} r
    where r.agent_id = any(${agents}::uuid[]) and ${within(range)}
      and exists (select from ${source} s where s.agent_id = r.agent_id
        and s.time >= r.time and s.time < r.time + ${widthOf(rollup)})`.execute(tx)
  return { agents: rows.map(({ agent }) => agent), bucketsMs: rows.map(({ bucketMs }) => bucketMs) }
}

const within = ({ fromMs, toMs }: TimeRange): RawBuilder<unknown> =>
  sql`r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)}`

async function markBuckets(
  tx: QueryExecutorProvider,
  { projection, version }: Place,
  { rollup, agents, bucketsMs }: Pairs & { readonly rollup: Rollup },
): Promise<void> {
  await sql`insert into secumon.rollup_dirty (projection, version, relation, agent, bucket)
    select ${projection}, ${version}::integer, ${rollup.name}, m.* from unnest(
      ${agents}::uuid[], ${bucketsMs.map((ms) => new Date(ms))}::timestamptz[]) m`.execute(tx)
}

// What they were made of has been dropped: they are all there is of it, unless the new generation had it from the archive.
async function moveWhole(
  tx: PlatformTx,
  { live, next, place, rollup, range, columns, isOurs }: Sealing,
): Promise<void> {
  if (columns.length === 0) return
  const list = sql.join(columns.map((name) => sql.ref(name)))
  const [own, other] = [tableOf(place, rollup), sql.table(`${next.schema}.${rollup.name}`)]
  const beyond = sql`s.agent = r.agent_id and r.time < s.since and ${within(range)} and not exists (
    select from ${other} n where n.agent_id = r.agent_id and n.time = r.time)`
  const rows = isOurs
    ? sql`delete from ${own} r using (${shortened(live, next)}) s where ${beyond} returning r.*`
    : sql`select r.* from ${own} r join (${shortened(live, next)}) s on ${beyond}`
  await sql`with moved as (${rows}) insert into ${sql.table(`${SEALED_SCHEMA}.${rollup.name}`)}
    (${list}) select ${list} from moved`.execute(tx)
}
