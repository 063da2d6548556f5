// GET /api/v1/agents/{id}/series: values over time, from the coarsest relation that is fine enough.

import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { AgentId } from '../schemas/agent.ts'
import { SeriesBody, SeriesQuery } from '../schemas/series.ts'
import { seriesRequest } from '../series-request.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/agents/{id}/series',
  tags: ['fleet'],
  summary: 'Values over time',
  description: 'At most 20 metrics, 5,000 points and 400 days at once.',
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
    return c.json(await reads.series(scope, id, request), 200)
  })
