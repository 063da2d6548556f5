// The segments of the archive as lines, with totals.

import type { SegmentInfo, SegmentKind } from '@secumon/infra/archive/archive'

export type ListFilter = {
  readonly tenant?: string
  readonly kind?: SegmentKind
  /** Days, both included. */
  readonly from?: string
  readonly to?: string
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
export const segmentView = (segment: SegmentInfo) => ({
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
})

const COLUMNS = ['TENANT', 'KIND', 'DAY', 'STATE', 'LEAVES', 'SIZE', 'SEGMENT']

/** A table with a line of totals under it. */
export function listLines(segments: readonly SegmentInfo[]): string[] {
  const rows = segments.map((each) => [
    each.tenant,
    each.kind,
    each.day,
    each.state,
    String(each.leaves),
    sizeText(each.sizeBytes),
    each.name,
  ])
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 4 || i === 5 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const totals = totalsOf(segments)
  return [
    ...[COLUMNS, ...rows].map(line),
    `${totals.segments} segments, ${totals.leaves.toLocaleString('en')} leaves, ${sizeText(totals.size_bytes)}`,
  ]
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}
