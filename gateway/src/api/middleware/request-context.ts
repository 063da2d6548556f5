// Opens and closes every request: its number, its client, one log line and one measurement.

import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { Context } from 'hono'
import { randomUUID } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { clientAddress } from '../../auth/client-address.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiEnv } from '../endpoint.ts'

type ContextDeps = Pick<ApiDeps, 'logger' | 'clock' | 'trustedProxies' | 'requestMetrics'>

export const requestContext = ({ logger, clock, trustedProxies, requestMetrics }: ContextDeps) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const startMs = clock.monotonicMs()
    const requestId = randomUUID()
    const socket = c.env?.incoming?.socket
    const peer = { peer: socket?.remoteAddress, encrypted: isEncrypted(socket) }
    c.set('requestId', requestId)
    c.set('logger', logger.child({ request: requestId }))
    c.set('client', clientAddress({ ...peer, header: (name) => c.req.header(name) }, trustedProxies))
    c.header('X-Request-Id', requestId)
    await next()
    const ms = clock.monotonicMs() - startMs
    const line = { method: c.req.method, route: routeOf(c), status: c.res.status }
    requestMetrics.observe(line, ms / 1000)
    c.var.logger.info({ ...line, ms: Math.round(ms * 10) / 10 }, 'request')
  })

// The pattern, never the address: ids, names and tokens stay out of logs and metrics.
function routeOf(c: Context): string {
  const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))
  return route?.path ?? (c.req.path.startsWith('/api/') ? '/api/*' : '/*')
}

const isEncrypted = (socket: object | undefined): boolean =>
  socket !== undefined && 'encrypted' in socket && (socket as TLSSocket).encrypted
