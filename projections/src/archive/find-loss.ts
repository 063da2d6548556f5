// What the archive lacks of what was committed: its disk is gone, or open segments that a bucket did not have yet.

import type { ArchiveLoss } from '@secumon/domain/platform'
import { uuidToUlid } from '@secumon/contracts/ids'
import { laneName } from '@secumon/contracts/lanes'
import type { ArchiveHeads, ArchiveWriter, SegmentInfo } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { committedFlush, newestOfLanes } from './adopt.ts'
import { ARCHIVE } from './archive-key.ts'

export type FoundLoss = ArchiveLoss & {
  /** Lanes that went further than the archive does. */
  readonly lanes: number
  /** Their frames and gaps that it lacks; at least as many, where a lane began anew since. */
  readonly records: number
  readonly envelopes: number
}

export type LossSources = {
  readonly db: Database
  readonly writer: Pick<ArchiveWriter, 'flush' | 'headsSince'>
  readonly segments: readonly SegmentInfo[]
}

/** Undefined when everything that was committed is there. */
export async function findLoss({ db, writer, segments }: LossSources): Promise<FoundLoss | undefined> {
  const committed = await committedFlush(db)
  if (writer.flush >= committed) return undefined
  const heads = await writer.headsSince(0)
  return {
    foundFlush: writer.flush,
    committedFlush: committed,
    kept: keptLeaves(segments),
    envelopes: await lostEnvelopes(db, heads),
    ...(await lostRecords(db, heads)),
  }
}

function keptLeaves(segments: readonly SegmentInfo[]): ArchiveLoss['kept'] {
  const kept = new Map<string, number>()
  for (const { tenant, lastLeaf } of segments) kept.set(tenant, Math.max(kept.get(tenant) ?? 0, lastLeaf + 1))
  return Array.from(kept, ([tenant, leaves]) => ({ tenant, leaves }))
}

async function lostRecords(db: Database, { chains }: ArchiveHeads) {
  const ends = new Map(newestOfLanes(chains).map((end) => [`${end.agent}/${end.lane}`, end]))
  const rows = await db
    .selectFrom('secumon.agent_position')
    .select(['agent', 'lane', 'epoch', 'sequence'])
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .execute()
  const lacking = rows
    .map(({ agent, lane, epoch, sequence }) => {
      const end = ends.get(`${uuidToUlid(agent)}/${laneName(lane)}`)
      if (!end || end.epoch < epoch) return sequence
      return end.epoch === epoch ? sequence - end.sequence : 0
    })
    .filter((count) => count > 0)
  return { lanes: lacking.length, records: lacking.reduce((sum, count) => sum + count, 0) }
}

async function lostEnvelopes(db: Database, { aggregates }: ArchiveHeads): Promise<number> {
  const ends = new Map(aggregates.map((end) => [`${end.tenant}/${end.aggregate}/${end.id}`, end.version]))
  const rows = await db
    .selectFrom('secumon.aggregate_position')
    .select(['tenant', 'aggregate', 'id', 'last_version'])
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .execute()
  return rows.reduce((sum, { tenant, aggregate, id, last_version: last }) => {
    const end = ends.get(`${tenant}/${aggregate}/${id}`) ?? 0
    return sum + Math.max(0, last - end)
  }, 0)
}
