// Which segments and blocks a filter wants: by names and indexes where there are any, so that nothing else is read.

import { parseEventSubject, parseLaneSubject } from '@secumon/contracts/subjects'
import { ArchiveDamaged, type ArchivedLeaf, type RecordFilter, type SegmentInfo } from './archive.ts'
import type { SegmentSource } from './archive-snapshot.ts'
import { holesOf, NO_BLOCK } from './holes.ts'
import type { BlockSpot } from './open-scan.ts'
import type { SegmentContents } from './segment-index.ts'

export function wantsSegment(filter: RecordFilter, info: SegmentInfo): boolean {
  const { afterFlush = 0, untilFlush = Infinity } = filter
  if (info.state === 'hashes' || !filter.kinds.includes(info.kind)) return false
  if ((filter.tenant ?? info.tenant) !== info.tenant) return false
  return info.lastFlush > afterFlush && info.firstFlush <= untilFlush
}

export const wantsFlush = ({ afterFlush = 0, untilFlush = Infinity }: RecordFilter, flush: number): boolean =>
  flush > afterFlush && flush <= untilFlush

export type BlockFilter = {
  /** @throws ArchiveDamaged when bytes that are no block lie among those wanted */
  readonly blocksOf: (source: SegmentSource) => Promise<readonly BlockSpot[]>
  /** Whether a block has what is wanted, where no index could say so before. */
  readonly hasRecord: (records: readonly ArchivedLeaf[]) => boolean
}

export function blockFilter(
  filter: RecordFilter,
  contentsOf: (source: SegmentSource) => Promise<SegmentContents>,
): BlockFilter {
  const some = filter.agents !== undefined || filter.aggregates !== undefined
  return {
    blocksOf: async (source) => {
      const contents = source.open ?? (await contentsOf(source))
      throwAtHole(filter, source.info, contents.blocks)
      const indexes = some && 'chains' in contents ? indexed(filter, contents) : undefined
      return contents.blocks.filter(({ flush }, i) => wantsFlush(filter, flush) && (indexes?.has(i) ?? true))
    },
    hasRecord: (records) => !some || records.some(({ subject }) => isWanted(filter, subject)),
  }
}

function throwAtHole(filter: RecordFilter, info: SegmentInfo, blocks: readonly BlockSpot[]): void {
  const { afterFlush = 0, untilFlush = Infinity } = filter
  const hole = holesOf(info, blocks).find(({ after, before }) => before > afterFlush && after < untilFlush)
  if (hole) throw new ArchiveDamaged(info.name, hole.offset, NO_BLOCK)
}

function indexed({ agents, aggregates }: RecordFilter, contents: SegmentContents): Set<number> {
  const wanted = new Set<number>()
  const add = ({ blocks }: { readonly blocks: readonly number[] }) => {
    for (const block of blocks) wanted.add(block)
  }
  if (agents) contents.chains.filter(({ agent }) => agents.has(agent)).forEach(add)
  if (aggregates)
    contents.aggregates.filter(({ aggregate, id }) => aggregates.has(`${aggregate}/${id}`)).forEach(add)
  return wanted
}

function isWanted({ agents, aggregates }: RecordFilter, subject: string): boolean {
  const agent = parseLaneSubject(subject)?.agent
  if (agent !== undefined) return agents?.has(agent) ?? false
  const event = parseEventSubject(subject)
  return event !== undefined && (aggregates?.has(`${event.aggregate}/${event.id}`) ?? false)
}
