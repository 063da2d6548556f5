// The segments of the archive as lines, with totals.

import type { ArchiveStore, SegmentInfo, SegmentKind } from '@secumon/infra/archive/archive'
import { isMissing } from '@secumon/infra/archive/file-faults'
import { readContents } from '@secumon/infra/archive/segment-contents'

export type ListFilter = {
  readonly tenant?: string
  readonly kind?: SegmentKind
  /** Days, both included. */
  readonly from?: string
  readonly to?: string
}

/** When its first and last records were received or decided; an open segment has no index that says. */
export type Timed = SegmentInfo & { readonly firstAtMs?: number; readonly lastAtMs?: number }

/** Reads the index of each segment that has one. @throws ArchiveDamaged when it is not what was written */
export async function withTimes(segments: readonly SegmentInfo[], store: ArchiveStore): Promise<Timed[]> {
  const timed: Timed[] = []
  for (const segment of segments) {
    if (segment.state === 'open') timed.push(segment)
    else timed.push({ ...segment, ...(await timesOf(segment, store)) })
  }
  return timed
}

async function timesOf(segment: SegmentInfo, store: ArchiveStore) {
  try {
    return await indexedTimes(segment, store)
  } catch (error) {
    // On its way to the store still, or expired since it was listed.
    if (isMissing(error)) return {}
    throw error
  }
}

async function indexedTimes({ name, sizeBytes }: SegmentInfo, store: ArchiveStore) {
  const { blocks } = await readContents(name, sizeBytes, (offset, length) =>
    store.read(name, { offset, length }),
  )
  const times = blocks.flatMap(({ firstAtMs, lastAtMs }) => [firstAtMs, lastAtMs])
  return {
    firstAtMs: times.reduce((first, time) => Math.min(first, time), Infinity),
    lastAtMs: times.reduce((last, time) => Math.max(last, time), -Infinity),
  }
}

export const chosen = (
  segments: readonly SegmentInfo[],
  { tenant, kind, from, to }: ListFilter,
): SegmentInfo[] =>
  segments.filter(
    (segment) =>
      (tenant ?? segment.tenant) === segment.tenant &&
      (kind ?? segment.kind) === segment.kind &&
      segment.day >= (from ?? '') &&
      segment.day <= (to ?? '9999'),
  )

export const totalsOf = (segments: readonly SegmentInfo[]) => ({
  segments: segments.length,
  leaves: segments.reduce((sum, { leaves }) => sum + leaves, 0),
  size_bytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
})

/** As the API of other commands writes things: lower case with underscores. */
export const segmentView = (segment: Timed) => ({
  name: segment.name,
  tenant: segment.tenant,
  kind: segment.kind,
  day: segment.day,
  state: segment.state,
  first_leaf: segment.firstLeaf,
  leaves: segment.leaves,
  first_flush: segment.firstFlush,
  last_flush: segment.lastFlush,
  size_bytes: segment.sizeBytes,
  ...(segment.firstAtMs !== undefined && { first_at: timeText(segment.firstAtMs) }),
  ...(segment.lastAtMs !== undefined && { last_at: timeText(segment.lastAtMs) }),
})

const timeText = (ms: number | undefined): string => (ms === undefined ? '–' : new Date(ms).toISOString())

const COLUMNS = ['TENANT', 'KIND', 'DAY', 'STATE', 'LEAVES', 'SIZE', 'SEGMENT']
const TIMES = ['FIRST', 'LAST']

/** A table with a line of totals under it. */
export function listLines(segments: readonly Timed[], { times = false } = {}): string[] {
  const columns = times ? [...COLUMNS, ...TIMES] : COLUMNS
  const rows = segments.map((each) => [
    each.tenant,
    each.kind,
    each.day,
    each.state,
    String(each.leaves),
    sizeText(each.sizeBytes),
    each.name,
    ...(times ? [timeText(each.firstAtMs), timeText(each.lastAtMs)] : []),
  ])
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 4 || i === 5 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const totals = totalsOf(segments)
  return [
    ...[columns, ...rows].map(line),
    `${totals.segments} segments, ${totals.leaves.toLocaleString('en')} leaves, ${sizeText(totals.size_bytes)}`,
  ]
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}
