// Reads of the samples: always within one tenant, driven by the metric catalogue.

import type { MetricKey, MetricKind } from '@secumon/contracts/metrics'
import type { Kysely } from 'kysely'
import { readLive, type LiveGeneration } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'
import { commonStep, planSeries, type SeriesPlan } from './plan.ts'
import { customKinds, customLabels } from './queries/custom-series.ts'
import { reachesOf, relationsFor } from './relations.ts'
import { groupsOf, seriesOf } from './series-answer.ts'
import { namesThatFit, seriesStatement, type MetricGroup } from './series-sql.ts'
import { bucketsOf, timesOf, type Aggregation, type SeriesSet } from './series.ts'

export type { Aggregation, Series, SeriesSet } from './series.ts'

export type SeriesRequest = {
  /** ULID. */
  readonly agent: string
  readonly keys: readonly MetricKey[]
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  /** Width of a bucket; buckets begin at its multiples. */
  readonly stepMs: number
  /** Absent: `avg` for gauges, `rate` for deltas. */
  readonly aggregation?: Aggregation
  /** One value of the dimension; absent: all. */
  readonly dimension?: string
}

/** Values in one answer at most: keys × names × buckets is bounded by the caller's bounds and the names'. */
export async function querySeries<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  request: SeriesRequest,
): Promise<SeriesSet> {
  const kinds = await customKinds(db, scope, request)
  return readLive(db, 'samples', (live) => seriesOfLive(db, scope, { request, kinds, live }))
}

type LiveRequest = {
  readonly request: SeriesRequest
  readonly kinds: ReadonlyMap<string, MetricKind>
  readonly live: LiveGeneration
}

async function seriesOfLive<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { request, kinds, live }: LiveRequest,
): Promise<SeriesSet> {
  const { agent } = request
  const reaches = await reachesOf(db, scope, live)
  const asked = groupsOf({ ...request, kinds }).map((group) => ({
    group,
    question: { ...request, relations: relationsFor(group, reaches) },
  }))
  const stepMs = commonStep(
    asked.map(({ question }) => question),
    request.stepMs,
  )
  const buckets = bucketsOf({ ...request, stepMs })
  const answers = await Promise.all(
    asked.map(async ({ group, question }) => {
      const plan = planSeries({ ...question, stepMs })
      const names = await namesAsked(db, scope, { request, live, group, plan })
      const query = { live, scope, agent, plan, ...(names && { names }) }
      const { rows } = await seriesStatement(group, query).execute(db)
      return { plan, series: seriesOf(group, rows, buckets) }
    }),
  )
  const order = new Map(request.keys.map((key, i) => [key, i]))
  return {
    from: request.fromMs,
    to: request.toMs,
    step: stepMs,
    source: sourceOf(answers.map(({ plan }) => plan)),
    times: timesOf(buckets),
    series: answers
      .flatMap(({ series }) => series)
      .toSorted((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0)),
  }
}

type GroupRequest = Omit<LiveRequest, 'kinds'> & { readonly group: MetricGroup; readonly plan: SeriesPlan }

// A custom metric may have thousands of sets of labels, of which most would be read and added up for nothing.
async function namesAsked<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { request, live, group, plan }: GroupRequest,
): Promise<readonly string[] | undefined> {
  const { agent, dimension, toMs } = request
  if (dimension !== undefined) return [dimension]
  if (group.dimension !== 'labels') return undefined
  const key = group.metrics[0].key
  return customLabels(db, scope, { live, agent, key, toMs, limit: namesThatFit(group, plan) })
}

const sourceOf = (plans: readonly SeriesPlan[]): string =>
  [...new Set(plans.flatMap(({ segments }) => segments.map(({ relation }) => relation.name)))].join(',')
