// GET /api/v1/logs: lines of a range, page by page.

import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS, UNAVAILABLE } from '../../endpoint.ts'
import { cursorOf, cursorText, logFilter } from '../../logs/log-request.ts'
import { LogQuery, LogsBody } from '../../schemas/logs.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/logs',
  tags: ['logs'],
  summary: 'Lines of logs',
  description:
    'At most 400 days and 1,000 lines at once. What is not found within 5 s is looked for by the next request: see ' +
    '`partial`. Pages are complete, also while lines arrive.',
  security: SIGNED_IN,
  request: { query: LogQuery },
  responses: { 200: answer(LogsBody, 'One page.'), ...SIGNED_IN_ERRORS, ...UNAVAILABLE },
})

export const searchLogs = ({ logs, clock }: Pick<ApiDeps, 'logs' | 'clock'>) =>
  endpoint(route, async (c) => {
    const { cursor, order, limit, ...query } = c.req.valid('query')
    const filter = logFilter(query, clock.nowMs())
    const after = cursor === undefined ? {} : { after: cursorOf(cursor) }
    const page = await logs.search(c.var.principal.scope, { ...filter, ...after, order, limit })
    const { lines, next, partial } = page
    return c.json({ lines, next: cursorText(next), from: filter.fromMs, to: filter.toMs, partial }, 200)
  })
