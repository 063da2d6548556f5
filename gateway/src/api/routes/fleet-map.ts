// GET /api/v1/fleet/map: every agent in a few bytes, unpaged.

import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { FleetMapBody } from '../schemas/fleet.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/fleet/map',
  tags: ['fleet'],
  summary: 'Every agent in a few bytes',
  security: SIGNED_IN,
  responses: { 200: answer(FleetMapBody, 'Sorted by name.'), ...SIGNED_IN_ERRORS },
})

export const fleetMap = ({ reads }: Pick<ApiDeps, 'reads'>) =>
  endpoint(route, async (c) => c.json(await reads.fleetMap(c.var.principal.scope), 200))
