// Nothing under /api without a login, but what is listed here.

import { createMiddleware } from 'hono/factory'
import { isSameOrigin } from '../../auth/authenticate.ts'
import { runsPlatform, type Principal } from '../../auth/principal.ts'
import type { UserRole } from '@secumon/infra/vault/users'
import type { ApiDeps } from '../deps.ts'
import type { ApiEnv } from '../endpoint.ts'
import { Failure, unauthorized } from '../failures.ts'

/** `METHOD path`: each checks its own credential, or tells nothing of anybody. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/session',
  'POST /api/v1/enrol',
  'GET /api/v1/openapi.json',
  'GET /api/docs',
])

export const requireLogin = ({ authenticate, sessions }: Pick<ApiDeps, 'authenticate' | 'sessions'>) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    if (OPEN_ROUTES.has(`${c.req.method} ${c.req.path}`)) return next()
    const found = await authenticate({
      authorization: c.req.header('authorization'),
      cookie: c.req.header('cookie'),
    })
    if (!found) throw unauthorized()
    const { principal, session } = found
    if (principal.credential === 'session') refuseForeign(c.req)
    c.set('principal', principal)
    c.set('session', session)
    if (session?.extended) c.header('Set-Cookie', sessions.cookie(session.id, c.var.client.secure))
    c.header('Cache-Control', 'no-store')
    return next()
  })

type RequestHead = { method: string; header(name: string): string | undefined }

/** @throws Failure 403 when another site made the browser send it */
export function refuseForeign(request: RequestHead): void {
  const { method } = request
  const [host, origin] = [request.header('host'), request.header('origin')]
  if (!isSameOrigin({ method, host, origin, site: request.header('sec-fetch-site') }))
    throw new Failure(403, 'request from another site', { detail: 'Send it from the page itself.' })
}

/** @throws Failure 403 when the user has none of the roles */
export function requireRole({ user }: Principal, roles: readonly UserRole[]): void {
  if (!roles.includes(user.role))
    throw new Failure(403, 'your role does not allow this', { detail: `Needs one of: ${roles.join(', ')}.` })
}

/** @throws Failure 403 for users of other tenants than that of the platform */
export function requirePlatform({ user }: Principal): void {
  if (!runsPlatform(user))
    throw new Failure(403, 'forbidden', { detail: 'Only who runs the platform sees its storage.' })
}
