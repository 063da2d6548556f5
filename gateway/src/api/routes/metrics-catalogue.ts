// GET /api/v1/metrics-catalogue: every metric there is, with unit and description.

import { METRICS, type Metric } from '@secumon/contracts/metrics'
import { z } from '@hono/zod-openapi'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { MetricBody } from '../schemas/series.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/metrics-catalogue',
  tags: ['fleet'],
  summary: 'Every metric',
  security: SIGNED_IN,
  responses: { 200: answer(z.array(MetricBody), 'In the catalogue’s order.'), ...SIGNED_IN_ERRORS },
})

const CATALOGUE = METRICS.map(({ key, unit, kind, dimension, description }: Metric) => ({
  key,
  unit,
  kind,
  dimension: dimension ?? null,
  description,
}))

export const metricsCatalogue = () => endpoint(route, (c) => c.json(CATALOGUE, 200))
