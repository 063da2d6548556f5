// GET /api/v1/logs/context: the lines of the same agent and source around one.

import { contextOf } from '@secumon/projections/logs/queries/context'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  UNAVAILABLE,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { momentOf } from '../../query-values.ts'
import { LogContextBody, LogContextQuery } from '../../schemas/logs.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/logs/context',
  tags: ['logs'],
  summary: 'What surrounds a line',
  description: 'Lines of the same agent and source, up to a day before and after.',
  security: SIGNED_IN,
  request: { query: LogContextQuery },
  responses: {
    200: answer(LogContextBody, 'The line between its neighbours.'),
    ...SIGNED_IN_ERRORS,
    ...NOT_FOUND,
    ...UNAVAILABLE,
  },
})

export const logContext = ({ logs, clock }: Pick<ApiDeps, 'logs' | 'clock'>) =>
  endpoint(route, async (c) => {
    const { time, ...asked } = c.req.valid('query')
    const atMs = momentOf(time, clock.nowMs())
    const found = await contextOf(logs, c.var.principal.scope, { ...asked, atMs })
    if (!found) throw notFound('line at that time')
    const { fromMs, toMs, ...context } = found
    return c.json({ ...context, from: fromMs, to: toMs }, 200)
  })
