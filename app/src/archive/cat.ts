// Prints records of the archive, one line of JSON each, as fast as they are taken and with no more than a flush in
// memory.

import { parseEventSubject, parseLaneSubject } from '@secumon/contracts/subjects'
import type {
  ArchivedLeaf,
  ArchiveReader,
  RecordFilter,
  SegmentInfo,
  SegmentKind,
} from '@secumon/infra/archive/archive'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Exit, exitCode } from '../exit.ts'
import { timeOf, viewOf, type RecordDetail } from './record-view.ts'

export type Wanted = {
  readonly segment?: string
  readonly tenant?: string
  readonly kind?: SegmentKind
  readonly agent?: string
  readonly fromMs?: number
  readonly toMs?: number
}

const ALL_KINDS: readonly SegmentKind[] = ['telemetry', 'logs', 'events']
const DAY_MS = 24 * 3_600_000

/** @throws Exit 66-like usage when there is no such segment; ArchiveDamaged naming segment and offset */
export async function printRecords(
  reader: ArchiveReader,
  wanted: Wanted,
  { detail, output }: { readonly detail: RecordDetail; readonly output: Writable },
): Promise<number> {
  let printed = 0
  for await (const { records } of reader.flushes(await filterFor(reader, wanted))) {
    for (const record of records) {
      if (!isWanted(wanted, record)) continue
      printed++
      if (!output.write(`${JSON.stringify(viewOf(record, detail))}\n`)) await once(output, 'drain')
    }
  }
  return printed
}

/** What has to be read for it; times are looked at record by record. @throws Exit when there is no such segment */
export async function filterFor(reader: ArchiveReader, wanted: Wanted): Promise<RecordFilter> {
  const { segment, tenant, kind, agent, fromMs } = wanted
  const segments = await reader.segments()
  if (segment !== undefined) return filterOfSegment(segments, segment)
  const afterFlush = fromMs === undefined ? 0 : lastFlushBefore(segments, fromMs)
  return {
    kinds: kind ? [kind] : ALL_KINDS,
    ...(tenant !== undefined && { tenant }),
    ...(afterFlush > 0 && { afterFlush }),
    ...(agent !== undefined && {
      agents: new Set([agent]),
      aggregates: new Set([`identity/${agent}`, `agent/${agent}`]),
    }),
  }
}

// Flushes of a tenant and kind lie in one segment each.
function filterOfSegment(segments: readonly SegmentInfo[], name: string): RecordFilter {
  const found = segments.find((segment) => segment.name === name)
  if (!found) throw new Exit(exitCode.usage, `there is no segment ${name}; see: secumon archive ls`)
  if (found.state === 'hashes')
    throw new Exit(exitCode.data, `the records of ${name} have expired; only their leaf hashes are kept`)
  const { kind, tenant, firstFlush, lastFlush } = found
  return { kinds: [kind], tenant, afterFlush: firstFlush - 1, untilFlush: lastFlush }
}

// Nothing is archived before it is received; a day more, for clocks that differ.
function lastFlushBefore(segments: readonly SegmentInfo[], fromMs: number): number {
  const day = new Date(fromMs - DAY_MS).toISOString().slice(0, 10)
  const later = segments.filter((segment) => segment.day >= day).map(({ firstFlush }) => firstFlush)
  const earlier = segments.filter((segment) => segment.day < day).map(({ lastFlush }) => lastFlush)
  return Math.min(Math.max(0, ...earlier), ...later.map((flush) => flush - 1))
}

function isWanted({ agent, fromMs = -Infinity, toMs = Infinity }: Wanted, record: ArchivedLeaf): boolean {
  if (agent !== undefined && agentOf(record.subject) !== agent) return false
  if (fromMs === -Infinity && toMs === Infinity) return true
  const at = timeOf(record)
  return at !== undefined && at >= fromMs && at < toMs
}

const agentOf = (subject: string): string | undefined =>
  parseLaneSubject(subject)?.agent ?? parseEventSubject(subject)?.id
