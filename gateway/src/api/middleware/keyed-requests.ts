// Reads the Idempotency-Key of a request; routes that make something heed it.

import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '../endpoint.ts'
import { onceOf } from '../once.ts'

export const IDEMPOTENCY_KEY = 'Idempotency-Key'

/** For routes behind the login. */
export const keyedRequests = () =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.req.header(IDEMPOTENCY_KEY)
    if (key !== undefined && c.req.method === 'POST' && c.var.principal) {
      const { pathname, search } = new URL(c.req.url)
      const { tenant } = c.var.principal.scope
      const body = await c.req.text()
      c.set('once', onceOf({ tenant, key, target: `POST ${pathname}${search}`, body }))
    }
    await next()
  })
