// GET /api/v1/agents/{id}/custom-metrics: what programs of the agent's host publish themselves.

import { z } from '@hono/zod-openapi'
import { customMetric } from '@secumon/contracts/custom-metrics'
import type { CustomMetric, CustomUsage } from '@secumon/projections/samples/queries/custom-series'
import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { AgentId } from '../schemas/agent.ts'
import { CustomMetricsBody, CustomMetricsQuery } from '../schemas/custom-metrics.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/agents/{id}/custom-metrics',
  tags: ['fleet'],
  summary: 'Metrics that programs of the host publish',
  security: SIGNED_IN,
  request: { params: z.object({ id: AgentId }), query: CustomMetricsQuery },
  responses: {
    200: answer(
      CustomMetricsBody,
      'One page by name, and how many series the tenant has of those it may have.',
    ),
    ...SIGNED_IN_ERRORS,
    ...NOT_FOUND,
  },
})

export const customMetrics = ({ reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>) =>
  endpoint(route, async (c) => {
    const { scope } = c.var.principal
    const { id } = c.req.valid('param')
    const { q, after, limit } = c.req.valid('query')
    if (!(await reads.getAgent(scope, id))) throw notFound('agent')
    const [page, usage] = await Promise.all([
      reads.customMetrics(scope, { agent: id, search: q, after, limit }),
      reads.customUsage(scope, clock.nowMs()),
    ])
    const { total, metrics, next } = page
    return c.json({ total, metrics: metrics.map(metricRow), next, usage: usageBody(usage) }, 200)
  })

function metricRow({ name, kind, series, firstSeen, lastSeen }: CustomMetric) {
  const { key, unit } = customMetric(name, kind)
  return { key, name, unit, kind, series, first_seen: firstSeen, last_seen: lastSeen }
}

const usageBody = ({ series, limit, refusedValues, refusedLast }: CustomUsage) => ({
  series,
  limit,
  refused: refusedValues,
  last_refused: refusedLast,
})
