// Log lines out of the archive: every one that was written in the range, whenever it came, with no more than a flush in
// memory. They come in the order in which they were archived.

import type { ArchivedLeaf, ArchiveReader } from '@secumon/infra/archive/archive'
import { readFactOnce } from '@secumon/projections/facts'
import { asLogLine, frameLines, gapLine } from '@secumon/projections/logs/frame-lines'
import { lineMatcher } from '@secumon/projections/logs/queries/line-filter'
import { archivedMessage } from '@secumon/projections/rebuild/archived-message'
import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import type { LineFilter } from '@secumon/projections/logs/queries/log-store'
import { filterFor } from '../archive/cat.ts'

export type ArchivedLinesWanted = {
  readonly tenant: string
  /** ULID; absent: all. */
  readonly agent?: string
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  readonly filter: LineFilter
  /** A message has to match it. */
  readonly grep?: RegExp
}

export type ReadingProgress = {
  readonly records: number
  /** When what was read last had been received. */
  readonly receivedAtMs: number
}

export type ReadingListeners = {
  readonly onProgress: (progress: ReadingProgress) => void
  /** A record is no sound frame of lines: its projection has it as a dead letter. */
  readonly onUnreadable: (leaf: ArchivedLeaf, error: unknown) => void
}

/** @throws ArchiveDamaged naming segment and offset */
export async function* archivedLines(
  reader: ArchiveReader,
  wanted: ArchivedLinesWanted,
  { onProgress, onUnreadable }: ReadingListeners,
): AsyncGenerator<LogLine> {
  const { tenant, agent, fromMs, toMs, grep } = wanted
  const matches = lineMatcher(wanted.filter)
  const filter = await filterFor(reader, {
    tenant,
    kind: 'logs',
    fromMs,
    ...(agent !== undefined && { agent }),
  })
  let records = 0
  for await (const flush of reader.flushes(filter))
    for (const leaf of flush.records) {
      onProgress({ records: ++records, receivedAtMs: leaf.receivedAtMs ?? flush.writtenAtMs })
      for (const line of linesOf(leaf, onUnreadable))
        if (line.time >= fromMs && line.time < toMs && (agent ?? line.agent) === line.agent)
          if (matches(line) && (grep?.test(line.message) ?? true)) yield line
    }
}

function linesOf(leaf: ArchivedLeaf, onUnreadable: ReadingListeners['onUnreadable']): LogLine[] {
  try {
    const fact = readFactOnce(archivedMessage(leaf))
    if (fact.kind === 'gap') return [asLogLine(gapLine(fact), fact.header.agent)]
    if (fact.kind !== 'frame') return []
    return Array.from(frameLines(fact), (line) => asLogLine(line, fact.header.agent))
  } catch (error) {
    onUnreadable(leaf, error)
    return []
  }
}
