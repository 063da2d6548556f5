// GET /metrics: the platform's own numbers for Prometheus. They span tenants, so they are for the platform's operator: a
// process on this machine that no proxy stands before, or whoever has the metrics token.

import type { Context } from 'hono'
import { timingSafeEqual } from 'node:crypto'
import { tokenHash } from '@secumon/infra/vault/vault-database'
import type { ApiDeps } from './deps.ts'
import type { ApiEnv } from './endpoint.ts'
import { Failure } from './failures.ts'

type MetricsDeps = Pick<ApiDeps, 'registry' | 'metricsToken'>

export const prometheus =
  ({ registry, metricsToken }: MetricsDeps) =>
  async (c: Context<ApiEnv>): Promise<Response> => {
    if (!c.var.client.local && !isToken(c.req.header('authorization'), metricsToken))
      throw new Failure(401, 'not from here without the metrics token', {
        detail: 'Ask from the same machine, or send the configured metrics token as a bearer token.',
      })
    return c.body(await registry.metrics(), 200, {
      'Content-Type': registry.contentType,
      'Cache-Control': 'no-store',
    })
  }

const isToken = (authorization: string | undefined, token: string | undefined): boolean =>
  token !== undefined &&
  timingSafeEqual(tokenHash(authorization?.replace(/^Bearer /i, '') ?? ''), tokenHash(token))
