// PATCH /api/v1/agents/{id}: name and tags.

import { z } from '@hono/zod-openapi'
import { OPERATORS } from '../../auth/principal.ts'
import { accepted, type CommandDeps } from '../carry-out.ts'
import { changeAgent } from '../change-agent.ts'
import type { ApiDeps } from '../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  UNAVAILABLE,
} from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { requireRole } from '../middleware/require-login.ts'
import { AcceptedBody, AgentBody, AgentId, AgentPatch } from '../schemas/agent.ts'

const route = createRoute({
  method: 'patch',
  path: '/api/v1/agents/{id}',
  tags: ['fleet'],
  summary: 'Rename or tag an agent',
  security: SIGNED_IN,
  request: { params: z.object({ id: AgentId }), ...jsonBody(AgentPatch) },
  responses: {
    200: answer(AgentBody, 'Changed, and shows everywhere.'),
    202: answer(AcceptedBody, 'Changed; the tables will show it within moments.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...NOT_FOUND,
    ...UNAVAILABLE,
  },
})

export const agentChange = (deps: CommandDeps & Pick<ApiDeps, 'latest'>) =>
  endpoint(route, async (c) => {
    const { principal } = c.var
    const { id } = c.req.valid('param')
    requireRole(principal, OPERATORS)
    if (!(await deps.reads.getAgent(principal.scope, id))) throw notFound('agent')
    const changed = await changeAgent(deps, principal, { id, patch: c.req.valid('json') })
    if (!changed.visible) return c.json(accepted(changed), 202)
    const found = await deps.reads.getAgent(principal.scope, id)
    if (!found) throw notFound('agent')
    return c.json({ ...found, latest: (await deps.latest.latestOf(principal.scope, id)) ?? null }, 200)
  })
