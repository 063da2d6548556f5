// GET /api/v1/agents/{id}: one agent with its inventory, units and latest values.

import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { AgentBody, AgentId } from '../schemas/agent.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/agents/{id}',
  tags: ['fleet'],
  summary: 'One agent',
  security: SIGNED_IN,
  request: { params: z.object({ id: AgentId }) },
  responses: { 200: answer(AgentBody, 'The agent.'), ...SIGNED_IN_ERRORS, ...NOT_FOUND },
})

export const agent = ({ reads, latest }: Pick<ApiDeps, 'reads' | 'latest'>) =>
  endpoint(route, async (c) => {
    const { scope } = c.var.principal
    const { id } = c.req.valid('param')
    const found = await reads.getAgent(scope, id)
    if (!found) throw notFound('agent')
    return c.json({ ...found, latest: (await latest.latestOf(scope, id)) ?? null }, 200)
  })
