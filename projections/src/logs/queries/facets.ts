// The facets of a range, from slices of it: the newest first, as many as there is time for.

import { logSeverityName } from '@secumon/contracts/log-severity'
import { uuidToUlid } from '@secumon/contracts/ids'
import type { TenantScope } from '../../tenant-scope.ts'
import { FacetCounts } from './facet-counts.ts'
import { facetsStatement, isOfCounted } from './log-sql.ts'
import type { LogFacets, LogFilter } from './log-store.ts'
import { readSlices, type PostgresStoreOptions } from './postgres-slices.ts'

/** Of a slice: more stay in the database, those with the fewest lines. */
const MOST_VALUES = 10_000

export type FacetsAsked = {
  readonly scope: TenantScope
  readonly filter: LogFilter
  /** Values of each kind that are taken of a slice. */
  readonly mostValues?: number
}

type FacetRow = {
  readonly agent_id: string | null
  readonly source: string | null
  readonly unit: string | null
  readonly severity: number | null
  readonly lines: number
  readonly place: number
}

/** Partial, too, where a slice has more values than are taken of it: rare ones may be missing then. @throws LogQueryRefused */
export async function countFacets(
  options: PostgresStoreOptions,
  { scope, filter, mostValues = MOST_VALUES }: FacetsAsked,
): Promise<LogFacets> {
  const found = new FacetCounts()
  let reached = filter.toMs
  let cut = false
  const byCounts = isOfCounted(filter)
  const asked = { scope, filter, range: filter, order: 'newest', byCounts } as const
  for await (const { slice, rows } of readSlices<FacetRow>(options, asked, (within, slice) =>
    facetsStatement(within, { ...filter, ...slice }, mostValues + 1),
  )) {
    reached = slice.fromMs
    for (const row of rows)
      if (row.place > mostValues) cut = true
      else addTo(found, row)
  }
  return { ...found.most(), countedFromMs: reached, partial: cut || reached > filter.fromMs }
}

function addTo(found: FacetCounts, { agent_id, source, unit, severity, lines }: FacetRow): void {
  if (agent_id !== null) found.add('agents', uuidToUlid(agent_id), lines)
  else if (source !== null) found.add('sources', source, lines)
  else if (unit !== null) found.add('units', unit, lines)
  else if (severity !== null) found.add('severities', logSeverityName(severity), lines)
}
