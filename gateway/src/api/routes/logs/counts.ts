// GET /api/v1/logs/histogram and /facets: how many lines there are, over time and by what they have in common.

import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS, UNAVAILABLE } from '../../endpoint.ts'
import { logFilter } from '../../logs/log-request.ts'
import { LogFacetsBody, LogFilterQuery, LogHistogramBody, LogHistogramQuery } from '../../schemas/logs.ts'

type Deps = Pick<ApiDeps, 'logs' | 'clock'>

const histogramRoute = createRoute({
  method: 'get',
  path: '/api/v1/logs/histogram',
  tags: ['logs'],
  summary: 'Lines over time, by severity',
  security: SIGNED_IN,
  request: { query: LogHistogramQuery },
  responses: {
    200: answer(LogHistogramBody, 'One list of times, one list of counts for each severity.'),
    ...SIGNED_IN_ERRORS,
    ...UNAVAILABLE,
  },
})

export const logHistogram = ({ logs, clock }: Deps) =>
  endpoint(histogramRoute, async (c) => {
    const { buckets, ...query } = c.req.valid('query')
    const filter = logFilter(query, clock.nowMs())
    const counts = await logs.histogram(c.var.principal.scope, filter, buckets)
    return c.json({ from: filter.fromMs, to: filter.toMs, ...counts }, 200)
  })

const facetsRoute = createRoute({
  method: 'get',
  path: '/api/v1/logs/facets',
  tags: ['logs'],
  summary: 'Which agents, sources, units and severities the lines have',
  description: 'Of the lines that the whole filter matches.',
  security: SIGNED_IN,
  request: { query: LogFilterQuery },
  responses: {
    200: answer(LogFacetsBody, 'Values and how many lines have them.'),
    ...SIGNED_IN_ERRORS,
    ...UNAVAILABLE,
  },
})

export const logFacets = ({ logs, clock }: Deps) =>
  endpoint(facetsRoute, async (c) => {
    const filter = logFilter(c.req.valid('query'), clock.nowMs())
    const { countedFromMs, ...facets } = await logs.facets(c.var.principal.scope, filter)
    return c.json({ from: filter.fromMs, to: filter.toMs, counted_from: countedFromMs, ...facets }, 200)
  })
