// GET /api/v1/fleet: one page of the agents, filtered and sorted by the database.

import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { Failure } from '../failures.ts'
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
    const wrong = query.status?.split(',').find((status) => !Status.safeParse(status).success)
    if (wrong !== undefined)
      throw new Failure(400, 'invalid request', {
        detail: `query.status: ${JSON.stringify(wrong)} is none of ${Status.options.join(', ')}`,
      })
    return c.json(await reads.listFleet(c.var.principal.scope, query), 200)
  })
