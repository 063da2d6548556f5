// GET /api/v1/fleet: one page of the agents, filtered and sorted by the database.

import { requireWords } from '../query-values.ts'
import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { FleetBody, FleetQuery, Status } from '../schemas/fleet.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/fleet',
  tags: ['fleet'],
  summary: 'Agents with their headline values',
  security: SIGNED_IN,
  request: { query: FleetQuery },
  responses: { 200: answer(FleetBody, 'One page, and the counts of the whole fleet.'), ...SIGNED_IN_ERRORS },
})

export const fleet = ({ reads }: Pick<ApiDeps, 'reads'>) =>
  endpoint(route, async (c) => {
    const query = c.req.valid('query')
    requireWords('status', query.status, Status.options)
    return c.json(await reads.listFleet(c.var.principal.scope, query), 200)
  })
