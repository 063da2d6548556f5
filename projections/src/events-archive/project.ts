// Every domain event, kept by its version: what reconcile re-publishes from, and what decides whether a command has
// happened. Its commits wait for the disk.

import { sha256 } from '@secumon/contracts/frame'
import { sql } from 'kysely'
import type { EnvelopeFact, Fact, GenerationTx, Projector } from '../projector.ts'

export const EVENTS_ARCHIVE = 'events-archive'

export class ArchiveForked extends Error {
  override readonly name = 'ArchiveForked'
}

/** Writes `secumon.events_archive`; it has no generation of its own, for nothing could rebuild it. */
export const eventsArchiveProjector: Projector = {
  name: EVENTS_ARCHIVE,
  version: 1,
  feeds: ['events'],
  sink: 'sql',
  durable: true,
  takesSealed: true,
  async project(batch, tx) {
    await archive(tx, batch.filter(isEnvelope))
    return undefined
  },
}

// Another envelope at a version that is archived is refused: it becomes a dead letter, and the archive stays.
async function archive(tx: GenerationTx, facts: readonly EnvelopeFact[]): Promise<void> {
  if (facts.length === 0) return
  const { rows } = await sql<{ place: string }>`
    with incoming as (
      select * from unnest(${facts.map((f) => f.tenant)}::text[], ${facts.map((f) => f.aggregate)}::text[],
        ${facts.map((f) => f.id)}::text[], ${facts.map((f) => Number(f.envelope.version))}::bigint[],
        ${facts.map((f) => f.envelope.commandId)}::text[], ${facts.map((f) => f.payload)}::bytea[],
        ${facts.map((f) => sha256(f.payload))}::bytea[], ${facts.map((f) => new Date(Number(f.envelope.atMs)))}::timestamptz[])
        as r (tenant, aggregate, id, version, command_id, payload, hash, at)
    ), added as (
      insert into secumon.events_archive (tenant, aggregate, id, version, command_id, payload, hash, at)
      select * from incoming on conflict do nothing
    )
    select concat_ws('/', tenant, aggregate, id, version) as place
    from incoming join secumon.events_archive held using (tenant, aggregate, id, version)
    where held.command_id <> incoming.command_id`.execute(tx)
  if (rows[0]) throw new ArchiveForked(`another envelope is archived at ${rows[0].place}`)
}

const isEnvelope = (fact: Fact): fact is EnvelopeFact => fact.kind === 'envelope'
