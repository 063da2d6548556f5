// GET /api/v1/agents: the names of all agents, in the shape existing scripts read.

import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { LegacyAgents } from '../schemas/fleet.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/agents',
  tags: ['fleet'],
  summary: 'Names of all agents',
  description: 'For existing scripts. `/api/v1/fleet` tells more.',
  security: SIGNED_IN,
  responses: { 200: answer(LegacyAgents, 'Sorted by name.'), ...SIGNED_IN_ERRORS },
})

export const agentNames = ({ reads }: Pick<ApiDeps, 'reads'>) =>
  endpoint(route, async (c) => {
    const agents = await reads.agentNames(c.var.principal.scope)
    return c.json({ count: agents.length, agents }, 200)
  })
