// GET /api/v1/agents/{id}/series: values over time, from the coarsest relation that is fine enough.

import { z } from '@hono/zod-openapi'
import { customNameOf } from '@secumon/contracts/custom-metrics'
import type { TenantScope } from '@secumon/projections/tenant-scope'
import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { AgentId } from '../schemas/agent.ts'
import { SeriesBody, SeriesQuery } from '../schemas/series.ts'
import { seriesRequest, unknownMetric } from '../series-request.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/agents/{id}/series',
  tags: ['fleet'],
  summary: 'Values over time',
  description:
    'At most 20 metrics, 5,000 points and 400 days at once. Of a metric that programs publish, `custom.` and its name, ' +
    'each set of labels is a series, 200 at most; those of counters are rates.',
  security: SIGNED_IN,
  request: { params: z.object({ id: AgentId }), query: SeriesQuery },
  responses: {
    200: answer(SeriesBody, 'One list of times, one list of values per series.'),
    ...SIGNED_IN_ERRORS,
    ...NOT_FOUND,
  },
})

export const series = ({ reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>) =>
  endpoint(route, async (c) => {
    const { scope } = c.var.principal
    const { id } = c.req.valid('param')
    const found = await reads.getAgent(scope, id)
    if (!found) throw notFound('agent')
    const moment = { nowMs: clock.nowMs(), periodMs: found.agent.period_ms }
    const request = seriesRequest(c.req.valid('query'), moment)
    await requirePublished(reads, scope, { agent: id, keys: request.keys })
    return c.json(await reads.series(scope, id, request), 200)
  })

type Asked = Parameters<ApiDeps['reads']['customKinds']>[1]

/** @throws Failure 400 for a metric that no program of the agent's host has published */
async function requirePublished(
  reads: Pick<ApiDeps['reads'], 'customKinds'>,
  scope: TenantScope,
  { agent, keys }: Asked,
): Promise<void> {
  const asked = keys.filter((key) => customNameOf(key) !== undefined)
  if (asked.length === 0) return
  const kinds = await reads.customKinds(scope, { agent, keys: asked })
  const unknown = asked.find((key) => !kinds.has(customNameOf(key) ?? ''))
  if (unknown !== undefined) throw unknownMetric(unknown, `/api/v1/agents/${agent}/custom-metrics`)
}
