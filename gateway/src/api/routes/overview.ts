// GET /api/v1/overview: counts, the busiest, what changed, and how the platform itself is.

import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { OverviewBody } from '../schemas/platform.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/overview',
  tags: ['fleet'],
  summary: 'The fleet at a glance',
  security: SIGNED_IN,
  responses: { 200: answer(OverviewBody, 'At this moment.'), ...SIGNED_IN_ERRORS },
})

export const overview = ({ reads, platform }: Pick<ApiDeps, 'reads' | 'platform'>) =>
  endpoint(route, async (c) => {
    const fleet = await reads.fleetOverview(c.var.principal.scope)
    return c.json({ ...fleet, platform: platform.now() }, 200)
  })
