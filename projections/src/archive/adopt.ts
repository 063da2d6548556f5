// The archive rules: what lies in it beyond what the database knows was written before a crash could commit it, or is
// unknown to a database restored from a backup. It is taken over as if it had just been committed, never cut off.

import { ulidToUuid } from '@secumon/contracts/ids'
import { laneNumber } from '@secumon/contracts/lanes'
import type {
  AggregateHeadEntry,
  ArchiveHeads,
  ArchiveWriter,
  ChainHeadEntry,
  StreamMark,
} from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import type { PlatformTx } from '../admission.ts'
import { ARCHIVE } from './archive-key.ts'

/** The database knows of flushes that the archive lacks: another directory is mounted, or part of it is gone. */
export class ArchiveBehind extends Error {
  override readonly name = 'ArchiveBehind'
  constructor(found: number, committed: number) {
    super(
      `the archive ends at flush ${found}, the database knows of flush ${committed}: is it the right directory or ` +
        'bucket, and whole? Nothing is archived until it is, or until what is lost is given up: secumon archive accept-loss',
    )
  }
}

type Writer = Pick<ArchiveWriter, 'flush' | 'headsSince'>

/**
 * Brings positions and checkpoints up to what the archive holds. Returns the chains that were not known.
 * @throws ArchiveBehind
 */
export async function adoptArchive(db: Database, writer: Writer): Promise<readonly ChainHeadEntry[]> {
  const committed = await committedFlush(db)
  if (writer.flush < committed) throw new ArchiveBehind(writer.flush, committed)
  if (writer.flush === committed) return []
  const heads = await writer.headsSince(committed)
  const chains = newestOfLanes(heads.chains)
  await db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit = on`.execute(tx)
    await adoptChains(tx, chains)
    await adoptAggregates(tx, heads.aggregates)
    await adoptMarks(tx, heads.marks)
    await writeProgress(tx, heads.flush)
  })
  return chains
}

/** The newest flush that is committed; 0 before the first. */
export async function committedFlush(db: Database): Promise<number> {
  const row = await db.selectFrom('secumon.archive_progress').select('flush').executeTakeFirst()
  return row?.flush ?? 0
}

/** Says that a flush is committed, and so that there is room. */
export async function writeProgress(tx: PlatformTx, flush: number): Promise<void> {
  const progress = { flush, committed_at: new Date(), full_since: null }
  await tx
    .insertInto('secumon.archive_progress')
    .values(progress)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(progress))
    .execute()
}

/** A lane's earlier epochs have heads of their own in the archive; positions know the newest. */
export function newestOfLanes(chains: ArchiveHeads['chains']): ChainHeadEntry[] {
  const newest = new Map<string, ChainHeadEntry>()
  for (const chain of chains) {
    const key = `${chain.agent}/${chain.lane}`
    const known = newest.get(key)
    const isNewer = !known || chain.epoch > known.epoch
    if (isNewer || (chain.epoch === known.epoch && chain.sequence > known.sequence)) newest.set(key, chain)
  }
  return [...newest.values()]
}

/** Moves positions of lanes forward to where the archive stands. */
export async function adoptChains(tx: PlatformTx, chains: readonly ChainHeadEntry[]): Promise<void> {
  if (chains.length === 0) return
  const column = (value: (chain: ChainHeadEntry) => unknown) => sql`${chains.map(value)}`
  await sql`insert into secumon.agent_position as p
      (projection, version, lane, agent, epoch, sequence, hash, horizon_epoch, horizon_sequence)
    select ${ARCHIVE.projection}, ${ARCHIVE.version}::int, lane, agent, epoch, sequence, decode(hash, 'base64'), epoch, sequence
    from unnest(${column(({ lane }) => laneNumber(lane))}::smallint[], ${column(({ agent }) => ulidToUuid(agent))}::uuid[],
      ${column(({ epoch }) => epoch)}::bigint[], ${column(({ sequence }) => sequence)}::bigint[],
      ${column(({ hash }) => Buffer.from(hash).toString('base64'))}::text[]) as r (lane, agent, epoch, sequence, hash)
    on conflict (projection, version, agent, lane) do update
      set epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash
      where (p.epoch, p.sequence) < (excluded.epoch, excluded.sequence)`.execute(tx)
}

/** The same for aggregates. */
export async function adoptAggregates(
  tx: PlatformTx,
  aggregates: readonly AggregateHeadEntry[],
): Promise<void> {
  if (aggregates.length === 0) return
  const column = (value: (head: AggregateHeadEntry) => unknown) => sql`${aggregates.map(value)}`
  await sql`insert into secumon.aggregate_position as p
      (projection, version, tenant, aggregate, id, last_version, command_id)
    select ${ARCHIVE.projection}, ${ARCHIVE.version}::int, r.* from unnest(${column((head) => head.tenant)}::text[],
      ${column((head) => head.aggregate)}::text[], ${column((head) => head.id)}::text[],
      ${column((head) => head.version)}::bigint[], ${column((head) => head.commandId)}::text[]) as r
    on conflict (projection, version, tenant, aggregate, id) do update
      set last_version = excluded.last_version, command_id = excluded.command_id
      where p.last_version < excluded.last_version`.execute(tx)
}

// Also backwards: the later of two flushes is right, and what lies after its mark is known by its chains.
async function adoptMarks(tx: PlatformTx, marks: readonly StreamMark[]): Promise<void> {
  for (const { stream, position, hash } of marks)
    await tx
      .insertInto('secumon.checkpoints')
      .values({ ...ARCHIVE, stream, position, hash, fence: 1, marks: '[]' })
      .onConflict((conflict) =>
        conflict.columns(['projection', 'version', 'stream']).doUpdateSet({ position, hash }),
      )
      .execute()
}
