// Domain events that the file archive has and the database lacks (it was restored from an older backup, or is new) are
// put back into events_archive, to the last bit as they lay in the log; from there reconcile publishes them.

import { fromBinary } from '@bufbuild/protobuf'
import { sha256 } from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { parseEventSubject } from '@secumon/contracts/subjects'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import type { AggregateHeadEntry, ArchivedLeaf, ArchiveKeys, ArchiveReader } from '../archive/archive.ts'
import { fromArchivedPayload, isShredded } from '../vault/envelope-sealing.ts'

const ROWS = 1_000

export type RestoreEventsDeps = {
  readonly database: Kysely<PlatformTables>
  readonly archive: Pick<ArchiveReader, 'flushes'>
  readonly keys: ArchiveKeys
}

/**
 * Returns how many envelopes were put back. Those of tenants whose keys were shredded stay away.
 * @throws what archive, vault and database throw: start again
 */
export async function restoreEvents(
  deps: RestoreEventsDeps,
  aggregates: readonly AggregateHeadEntry[],
  signal: AbortSignal,
): Promise<number> {
  const lacking = await lackingAggregates(deps.database, aggregates)
  if (lacking.size === 0) return 0
  const keys = new Set([...lacking.values()].map(({ aggregate, id }) => `${aggregate}/${id}`))
  let restored = 0
  let rows: EventRow[] = []
  for await (const { records } of deps.archive.flushes({ kinds: ['events'], aggregates: keys, signal })) {
    signal.throwIfAborted()
    for (const leaf of records) if (lacking.has(leaf.subject)) rows.push(...(await rowOf(deps.keys, leaf)))
    if (rows.length < ROWS) continue
    restored += await insert(deps.database, rows)
    rows = []
  }
  return restored + (await insert(deps.database, rows))
}

/** By subject. */
async function lackingAggregates(
  database: Kysely<PlatformTables>,
  aggregates: readonly AggregateHeadEntry[],
): Promise<ReadonlyMap<string, AggregateHeadEntry>> {
  const column = (value: (each: AggregateHeadEntry) => unknown) => sql`${aggregates.map(value)}`
  const { rows } = await sql<{ place: number }>`
    select place::int from unnest(${column((a) => a.tenant)}::text[], ${column((a) => a.aggregate)}::text[],
      ${column((a) => a.id)}::text[], ${column((a) => a.version)}::bigint[])
      with ordinality as archived (tenant, aggregate, id, version, place)
    where version > coalesce((select max(held.version) from secumon.events_archive held
      where (held.tenant, held.aggregate, held.id) = (archived.tenant, archived.aggregate, archived.id)), 0)`.execute(
    database,
  )
  const lacking = rows.flatMap(({ place }) => aggregates[Number(place) - 1] ?? [])
  return new Map(lacking.map((each) => [`events.${each.tenant}.${each.aggregate}.${each.id}`, each]))
}

type EventRow = {
  readonly tenant: string
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly command_id: string
  readonly payload: Uint8Array
  readonly hash: Uint8Array
  readonly at: Date
}

async function rowOf(keys: ArchiveKeys, { subject, payload: archived }: ArchivedLeaf): Promise<EventRow[]> {
  const ref = parseEventSubject(subject)
  const payload = await fromArchivedPayload(subject, archived, keys)
  if (!ref || isShredded(payload)) return []
  const { version, commandId, atMs } = fromBinary(EnvelopeSchema, payload)
  const place = { ...ref, version: Number(version), command_id: commandId, at: new Date(Number(atMs)) }
  return [{ ...place, payload, hash: sha256(payload) }]
}

async function insert(database: Kysely<PlatformTables>, rows: readonly EventRow[]): Promise<number> {
  let inserted = 0
  for (let from = 0; from < rows.length; from += ROWS) {
    const { numInsertedOrUpdatedRows = 0n } = await database
      .insertInto('secumon.events_archive')
      .values(rows.slice(from, from + ROWS))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    inserted += Number(numInsertedOrUpdatedRows)
  }
  return inserted
}
