// GET /api/v1/live: server-sent events. `fleet`, `alerts`, `incidents`, `notifications`: changed rows; `agent`: each
// observation of the agent asked for; `platform`: every 5 s; `ping`: every 15 s.

import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import {
  createRoute,
  endpoint,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  TOO_MANY,
  UNAVAILABLE,
} from '../endpoint.ts'
import { notFound } from '../failures.ts'
import { AgentId } from '../schemas/agent.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/live',
  tags: ['fleet'],
  summary: 'What changes, as it changes',
  description:
    'Server-sent events `fleet` (array of FleetAgent, once a second), `alerts` (array of Alert, four times a second), ' +
    '`incidents` (array of Incident, once a second), `notifications` (array of Notification, four times a second), ' +
    '`agent` (Latest), `platform` (Platform) and `ping`. Each carries whole rows, the newest; after a reconnect, read the lists again.',
  security: SIGNED_IN,
  request: {
    query: z.object({
      agent: AgentId.optional().openapi({
        param: { name: 'agent', in: 'query' },
        description: 'Also this agent’s every observation.',
      }),
    }),
  },
  responses: {
    200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
    ...SIGNED_IN_ERRORS,
    ...NOT_FOUND,
    ...TOO_MANY,
    ...UNAVAILABLE,
  },
})

export const live = ({ live, reads, authenticate }: Pick<ApiDeps, 'live' | 'reads' | 'authenticate'>) =>
  endpoint(route, async (c) => {
    const { principal } = c.var
    const { agent } = c.req.valid('query')
    if (agent !== undefined && !(await reads.getAgent(principal.scope, agent))) throw notFound('agent')
    const credentials = { authorization: c.req.header('authorization'), cookie: c.req.header('cookie') }
    const stillGood = async () => (await authenticate(credentials)) !== undefined
    const stream = await live.open({ principal, agent, stillGood })
    return c.body(stream, 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // A proxy that gathers would hold events back.
      'X-Accel-Buffering': 'no',
    })
  })
