// Which series of custom metrics are taken: those that a tenant has already, and new ones until it has its number. What was
// decided is remembered for the day, or for the hour where it was refused; of the others one question tells for a whole batch.

import { CUSTOM_SERIES_COUNTED_DAYS, MAX_CUSTOM_SERIES } from '@secumon/contracts/custom-metrics'
import { sql, type RawBuilder } from 'kysely'
import { BoundedMap } from '../../bounded-map.ts'
import type { AfterCommit, GenerationTx } from '../../projector.ts'

/** What arrived of a series. */
export type Arrived = {
  readonly tenant: string
  /** ULID and uuid. */
  readonly agent: string
  readonly agentUuid: string
  readonly metric: string
  readonly labels: string
  readonly isCounter: boolean
  /** On which it arrived, and in which; both count from 1970-01-01 UTC. */
  readonly day: number
  readonly hour: number
}

export type SeriesKey = string

export const seriesKey = (agent: string, metric: string, labels: string): SeriesKey =>
  `${agent}${metric}{${labels}`

export type Admitted = {
  /** Of those that were asked for. */
  readonly keys: ReadonlySet<SeriesKey>
  /** Remembers what was decided. */
  readonly afterCommit: AfterCommit
}

export type SeriesBook = {
  /** What has been decided; undefined: `admit` has to tell. */
  decided(
    key: SeriesKey,
    arrived: Pick<Arrived, 'isCounter' | 'day' | 'hour'>,
  ): 'taken' | 'refused' | undefined
  /** Decides of each series, in order. */
  admit(tx: GenerationTx, schema: string, wanted: ReadonlyMap<SeriesKey, Arrived>): Promise<Admitted>
  /** Somebody else may have decided meanwhile. */
  forget(): void
}

/** Of a few tenants that have all they may have. */
const REMEMBERED_SERIES = 100_000

type Decision = Pick<Arrived, 'isCounter' | 'day' | 'hour'> & { readonly taken: boolean }

export function seriesBook(): SeriesBook {
  const decisions = new BoundedMap<SeriesKey, Decision>(REMEMBERED_SERIES)

  const decided: SeriesBook['decided'] = (key, { isCounter, day, hour }) => {
    const known = decisions.get(key)
    if (!known) return undefined
    // There may be room in another hour.
    if (!known.taken) return known.hour === hour ? 'refused' : undefined
    return known.day >= day && known.isCounter === isCounter ? 'taken' : undefined
  }

  async function admit(
    tx: GenerationTx,
    schema: string,
    wanted: ReadonlyMap<SeriesKey, Arrived>,
  ): Promise<Admitted> {
    const all = [...wanted].map(([key, arrived]) => ({ ...arrived, key }))
    const day = all.reduce((latest, arrived) => Math.max(latest, arrived.day), 0)
    const known = await readKnown(tx, schema, all)
    const counted = new Set(all.flatMap(({ key, day: at }) => (isHeld(known.get(key), at, day) ? [key] : [])))
    const others = all.filter(({ key }) => !counted.has(key))
    const added = others.length > 0 ? await chosen(tx, schema, { others, day }) : new Set<SeriesKey>()
    const taken = all.filter(({ key }) => counted.has(key) || added.has(key))
    await write(
      tx,
      schema,
      taken.filter(({ key, isCounter, day: at }) => {
        const series = known.get(key)
        return !series || series.firstDay > at || series.day < at || series.isCounter !== isCounter
      }),
    )
    const keys = new Set(taken.map(({ key }) => key))
    const afterCommit = () => {
      for (const { key, isCounter, day: at, hour } of all)
        decisions.set(key, {
          isCounter,
          hour,
          taken: keys.has(key),
          day: keys.has(key) ? Math.max(at, known.get(key)?.day ?? 0) : at,
        })
    }
    return { keys, afterCommit }
  }

  return { decided, admit, forget: () => decisions.clear() }
}

type Asked = Arrived & { readonly key: SeriesKey }
/** Days on which something of it arrived first and last. */
type Known = { readonly isCounter: boolean; readonly firstDay: number; readonly day: number }

// What a rebuild meets before it was taken was refused then, unless there was room.
const isHeld = (known: Known | undefined, arrivedDay: number, day: number): boolean =>
  known !== undefined && known.firstDay <= arrivedDay && known.day > day - CUSTOM_SERIES_COUNTED_DAYS

const tableOf = (schema: string): RawBuilder<unknown> => sql.table(`${schema}.custom_series`)

const asked = (all: readonly Asked[]): RawBuilder<unknown> =>
  sql`unnest(${all.map(({ tenant }) => tenant)}::text[], ${all.map(({ agentUuid }) => agentUuid)}::uuid[],
    ${all.map(({ metric }) => metric)}::text[], ${all.map(({ labels }) => labels)}::text[],
    ${all.map(({ isCounter }) => isCounter)}::boolean[], ${all.map(({ day }) => day)}::integer[])
    with ordinality as w (tenant_id, agent_id, metric, labels, counter, day, place)`

async function readKnown(
  tx: GenerationTx,
  schema: string,
  all: readonly Asked[],
): Promise<ReadonlyMap<SeriesKey, Known>> {
  const { rows } = await sql<Known & { place: number }>`
    select w.place::integer as place, s.counter as "isCounter", s.first_seen - date 'epoch' as "firstDay",
      s.last_seen - date 'epoch' as day
    from ${asked(all)} join ${tableOf(schema)} s using (tenant_id, agent_id, metric, labels)`.execute(tx)
  return new Map(
    rows.flatMap(({ place, ...series }) => {
      const key = all[place - 1]?.key
      return key === undefined ? [] : [[key, series]]
    }),
  )
}

type Choice = { readonly others: readonly Asked[]; readonly day: number }

/** The first of each tenant's new series, as many as there is room for. Nobody else adds some until the transaction ends. */
async function chosen(
  tx: GenerationTx,
  schema: string,
  { others, day }: Choice,
): Promise<ReadonlySet<SeriesKey>> {
  const tenants = [...new Set(others.map(({ tenant }) => tenant))].toSorted()
  for (const tenant of tenants)
    await sql`select pg_advisory_xact_lock(hashtextextended(${`series/${schema}/${tenant}`}, 0))`.execute(tx)
  const { rows } = await sql<{ tenant: string; held: number }>`
    select tenant_id as tenant, count(*)::integer as held from ${tableOf(schema)}
    where tenant_id = any(${tenants}) and last_seen > date 'epoch' + ${day - CUSTOM_SERIES_COUNTED_DAYS}::integer
    group by 1`.execute(tx)
  const room = new Map(tenants.map((tenant) => [tenant, MAX_CUSTOM_SERIES]))
  for (const { tenant, held } of rows) room.set(tenant, MAX_CUSTOM_SERIES - held)
  const keys = new Set<SeriesKey>()
  for (const { key, tenant } of others) {
    const left = room.get(tenant) ?? 0
    if (left <= 0) continue
    keys.add(key)
    room.set(tenant, left - 1)
  }
  return keys
}

async function write(tx: GenerationTx, schema: string, changed: readonly Asked[]): Promise<void> {
  if (changed.length === 0) return
  await sql`insert into ${tableOf(schema)} as s
      (tenant_id, agent_id, metric, labels, counter, first_seen, last_seen)
    select tenant_id, agent_id, metric, labels, counter, date 'epoch' + day, date 'epoch' + day
    from ${asked(changed)}
    on conflict (tenant_id, agent_id, metric, labels) do update set
      counter = excluded.counter, first_seen = least(s.first_seen, excluded.first_seen), last_seen = greatest(s.last_seen, excluded.last_seen)`.execute(
    tx,
  )
}
