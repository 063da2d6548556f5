// Counts of lines from Loki, over time and by label. A count at a moment is of what lies behind it, itself included.

import type { TenantScope } from '../../tenant-scope.ts'
import { roundStep, startsOf } from '../queries/buckets.ts'
import { FacetCounts, WORST_FIRST } from '../queries/facet-counts.ts'
import type { LogCounts, LogFacets, LogFilter } from '../queries/log-store.ts'
import type { Slice } from '../queries/slices.ts'
import { countsIn } from './loki-answers.ts'
import { startNs } from './loki-entries.ts'
import { readSlices, type LokiStoreOptions } from './loki-slices.ts'
import { countsOf, selectorOf } from './log-ql.ts'

export type Counting = { readonly scope: TenantScope; readonly filter: LogFilter; readonly buckets: number }

/** @throws LogQueryRefused */
export async function countLines(
  options: LokiStoreOptions,
  { scope, filter, buckets }: Counting,
): Promise<LogCounts> {
  const step = roundStep(filter, buckets)
  const times = startsOf(filter, step)
  const counts = new Map<string, number[]>()
  let reached = filter.toMs
  const cut = { range: filter, order: 'newest', stepMs: step } as const
  const read = (slice: Slice) => countsByStep(options, { scope, filter, step }, slice)
  for await (const { slice, answer } of readSlices(options, cut, read)) {
    reached = slice.fromMs
    for (const { bucketMs, severity, count } of answer) {
      const its = counts.get(severity) ?? times.map(() => 0)
      counts.set(severity, its)
      const i = Math.round((bucketMs - (times[0] ?? 0)) / step)
      its[i] = (its[i] ?? 0) + count
    }
  }
  const partial = reached > filter.fromMs
  const series = WORST_FIRST.flatMap((severity) => {
    const its = counts.get(severity)
    const known = its?.map((count, i) => (!partial || (times[i] ?? 0) >= reached ? count : null))
    return known ? [{ severity, counts: known }] : []
  })
  return { times, step, partial, series }
}

type Stepped = { readonly scope: TenantScope; readonly filter: LogFilter; readonly step: number }
type Counted = { readonly bucketMs: number; readonly severity: string; readonly count: number }

// Whole buckets by one query over time; what of a bucket lies beyond the range's ends must not be counted.
async function countsByStep(options: LokiStoreOptions, stepped: Stepped, slice: Slice): Promise<Counted[]> {
  const { step } = stepped
  const whole = {
    fromMs: Math.ceil(slice.fromMs / step) * step,
    toMs: Math.floor(slice.toMs / step) * step,
  }
  if (whole.fromMs >= whole.toMs) return countsOfPart(options, stepped, slice)
  const parts = [
    { ...slice, toMs: whole.fromMs },
    { ...slice, fromMs: whole.toMs },
  ]
  const ends = await Promise.all(
    parts.filter(({ fromMs, toMs }) => fromMs < toMs).map((part) => countsOfPart(options, stepped, part)),
  )
  return [...(await countsOfWhole(options, stepped, { ...slice, ...whole })), ...ends.flat()]
}

const lastNs = (toMs: number): string => String(startNs(toMs) - 1n)

async function countsOfWhole({ ask }: LokiStoreOptions, { scope, filter, step }: Stepped, slice: Slice) {
  const { fromMs, toMs, leftMs } = slice
  const parameters = {
    query: countsOf(selectorOf(scope.tenant, filter), 'severity', step),
    start: lastNs(fromMs + step),
    end: lastNs(toMs),
    step: `${step}ms`,
  }
  const answer = await ask({ tenant: scope.tenant, path: 'query_range', timeoutMs: leftMs, parameters })
  return countsIn(answer).flatMap(({ labels, counts }) =>
    counts.map(({ atMs, count }) => ({
      bucketMs: Math.ceil(atMs / step) * step - step,
      severity: labels['severity'] ?? '',
      count,
    })),
  )
}

async function countsOfPart(options: LokiStoreOptions, { scope, filter, step }: Stepped, slice: Slice) {
  // A slice may hold the parts of two buckets, and no whole one.
  const middle = Math.min(slice.toMs, Math.floor(slice.fromMs / step) * step + step)
  const parts = [
    { ...slice, toMs: middle },
    { ...slice, fromMs: middle },
  ].filter(({ fromMs, toMs }) => fromMs < toMs)
  const counted = await Promise.all(
    parts.map((part) => countsBy(options, { scope, filter, label: 'severity' }, part)),
  )
  return counted.flatMap((groups, i) =>
    groups.map(({ value, count }) => {
      const bucketMs = Math.floor((parts[i]?.fromMs ?? 0) / step) * step
      return { bucketMs, severity: value, count }
    }),
  )
}

const FACETS = { agents: 'agent', sources: 'source', units: 'unit', severities: 'severity' } as const
const KINDS = ['agents', 'sources', 'units', 'severities'] as const

/** @throws LogQueryRefused */
export async function countFacets(
  options: LokiStoreOptions,
  scope: TenantScope,
  filter: LogFilter,
): Promise<LogFacets> {
  const found = new FacetCounts()
  let reached = filter.toMs
  const read = (slice: Slice) =>
    Promise.all(KINDS.map((kind) => countsBy(options, { scope, filter, label: FACETS[kind] }, slice)))
  for await (const { slice, answer } of readSlices(options, { range: filter, order: 'newest' }, read)) {
    reached = slice.fromMs
    for (const [i, kind] of KINDS.entries())
      for (const { value, count } of answer[i] ?? []) found.add(kind, value, count)
  }
  return { ...found.most(), countedFromMs: reached, partial: reached > filter.fromMs }
}

type Grouped = { readonly scope: TenantScope; readonly filter: LogFilter; readonly label: string }

async function countsBy({ ask }: LokiStoreOptions, { scope, filter, label }: Grouped, slice: Slice) {
  const { fromMs, toMs, leftMs } = slice
  const query = countsOf(selectorOf(scope.tenant, filter), label, toMs - fromMs)
  const parameters = { query, time: lastNs(toMs) }
  const answer = await ask({ tenant: scope.tenant, path: 'query', timeoutMs: leftMs, parameters })
  return countsIn(answer).map(({ labels, counts }) => ({
    value: labels[label] ?? '',
    count: counts[0]?.count ?? 0,
  }))
}
