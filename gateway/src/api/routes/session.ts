// GET and DELETE /api/v1/session: who is logged in by the cookie; and no longer.

import type { ApiDeps } from '../deps.ts'
import { answer, createRoute, endpoint, FORBIDDEN, SIGNED_IN, SIGNED_IN_ERRORS } from '../endpoint.ts'
import { LoggedOutBody, SessionBody } from '../schemas/auth.ts'
import { sessionBody } from '../session-body.ts'

const readRoute = createRoute({
  method: 'get',
  path: '/api/v1/session',
  tags: ['login'],
  summary: 'Who is logged in',
  security: SIGNED_IN,
  responses: { 200: answer(SessionBody, 'The user and tenant.'), ...SIGNED_IN_ERRORS },
})

export const readSession = ({ version }: Pick<ApiDeps, 'version'>) =>
  endpoint(readRoute, (c) => c.json(sessionBody(c.var.principal.user, version), 200))

const endRoute = createRoute({
  method: 'delete',
  path: '/api/v1/session',
  tags: ['login'],
  summary: 'Log out',
  security: SIGNED_IN,
  responses: {
    200: answer(LoggedOutBody, 'The cookie is no longer good.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
  },
})

export const endSession = ({ sessions, live }: Pick<ApiDeps, 'sessions' | 'live'>) =>
  endpoint(endRoute, async (c) => {
    if (c.var.session) await sessions.end(c.var.session.id)
    c.header('Set-Cookie', sessions.blankCookie(c.var.client.secure))
    await live.streams.recheck(c.var.principal.user.id)
    return c.json({ logged_out: true as const }, 200)
  })
