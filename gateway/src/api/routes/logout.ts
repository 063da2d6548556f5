// POST /api/v1/auth/logout: ends the login that the bearer token belongs to, with all its refresh tokens.

import { revokeFamily } from '@secumon/infra/vault/refresh-tokens'
import type { ApiDeps } from '../deps.ts'
import { createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS, answer } from '../endpoint.ts'
import { LoggedOutBody } from '../schemas/auth.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/auth/logout',
  tags: ['login'],
  summary: 'End this login',
  description: 'The access token and every refresh token of the same login are refused from now on.',
  security: SIGNED_IN,
  responses: { 200: answer(LoggedOutBody, 'Logged out.'), ...SIGNED_IN_ERRORS },
})

export const logout = ({ db, sessions, live }: Pick<ApiDeps, 'db' | 'sessions' | 'live'>) =>
  endpoint(route, async (c) => {
    const { family, user } = c.var.principal
    if (family !== undefined) await revokeFamily(db, family)
    if (c.var.session) {
      await sessions.end(c.var.session.id)
      c.header('Set-Cookie', sessions.blankCookie(c.var.client.secure))
    }
    await live.streams.recheck(user.id)
    return c.json({ logged_out: true as const }, 200)
  })
