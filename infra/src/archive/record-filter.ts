// Which segments and blocks a filter wants: by names and indexes where there are any, so that nothing else is read.

import { parseEventSubject, parseLaneSubject } from '@secumon/contracts/subjects'
import type { ArchivedLeaf, RecordFilter, SegmentInfo } from './archive.ts'
import type { SegmentSource } from './archive-snapshot.ts'
import type { BlockSpot } from './open-scan.ts'
import type { SegmentContents } from './segment-index.ts'

export function wantsSegment(filter: RecordFilter, info: SegmentInfo): boolean {
  const { afterFlush = 0, untilFlush = Infinity } = filter
  if (info.state === 'hashes' || !filter.kinds.includes(info.kind)) return false
  if ((filter.tenant ?? info.tenant) !== info.tenant) return false
  return info.lastFlush > afterFlush && info.firstFlush <= untilFlush
}

export type BlockFilter = {
  readonly blocksOf: (source: SegmentSource) => Promise<readonly BlockSpot[]>
  /** Whether a block has what is wanted, where no index could say so before. */
  readonly hasRecord: (records: readonly ArchivedLeaf[]) => boolean
}

export function blockFilter(
  filter: RecordFilter,
  contentsOf: (source: SegmentSource) => Promise<SegmentContents>,
): BlockFilter {
  const { agents, aggregates, afterFlush = 0, untilFlush = Infinity } = filter
  const some = agents !== undefined || aggregates !== undefined
  return {
    blocksOf: async (source) => {
      const contents = source.open ?? (await contentsOf(source))
      const wanted = some && 'chains' in contents ? indexed(filter, contents) : undefined
      return contents.blocks.filter(
        ({ flush }, i) => flush > afterFlush && flush <= untilFlush && (wanted?.has(i) ?? true),
      )
    },
    hasRecord: (records) => !some || records.some(({ subject }) => isWanted(filter, subject)),
  }
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
