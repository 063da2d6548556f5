// GET /api/v1/logs/tail: server-sent events. `lines`: what has just been committed; `ping`: every 15 s.

import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../../deps.ts'
import { createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS, TOO_MANY, UNAVAILABLE } from '../../endpoint.ts'
import { lineFilter } from '../../logs/log-request.ts'
import { LogTailQuery } from '../../schemas/logs.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/logs/tail',
  tags: ['logs'],
  summary: 'Lines as they are committed',
  description:
    'Server-sent events `lines` (LogTail, at most four a second with 500 lines each) and `ping`. Of a flood the newest lines are told, and how many ' +
    'were not. Regular expressions are PostgreSQL’s, wherever logs are stored. After a reconnect, search for what came meanwhile.',
  security: SIGNED_IN,
  request: { query: LogTailQuery },
  responses: {
    200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
    ...SIGNED_IN_ERRORS,
    ...TOO_MANY,
    ...UNAVAILABLE,
  },
})

export const tailLogs = ({ logTails, authenticate }: Pick<ApiDeps, 'logTails' | 'authenticate'>) =>
  endpoint(route, async (c) => {
    const { principal } = c.var
    const filter = lineFilter(c.req.valid('query'))
    const credentials = { authorization: c.req.header('authorization'), cookie: c.req.header('cookie') }
    const stillGood = async () => (await authenticate(credentials)) !== undefined
    return c.body(await logTails.open({ principal, stillGood }, filter), 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // A proxy that gathers would hold events back.
      'X-Accel-Buffering': 'no',
    })
  })
