// POST /api/v1/session: name and password for the cookie the pages live by.

import { checkPassword } from '../../auth/check-password.ts'
import type { ApiDeps } from '../deps.ts'
import {
  answer,
  COMMON_ERRORS,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  TOO_MANY,
  UNAUTHORIZED,
} from '../endpoint.ts'
import { refuseForeign } from '../middleware/require-login.ts'
import { LoginBody, SessionBody } from '../schemas/auth.ts'
import { sessionBody } from '../session-body.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/session',
  tags: ['login'],
  summary: 'Log in with a cookie',
  request: jsonBody(LoginBody),
  responses: {
    200: answer(SessionBody, 'Logged in; the cookie is set.'),
    ...COMMON_ERRORS,
    ...UNAUTHORIZED,
    ...FORBIDDEN,
    ...TOO_MANY,
  },
})

export const startSession = (deps: Pick<ApiDeps, 'db' | 'sessions' | 'loginLimits' | 'version'>) =>
  endpoint(route, async (c) => {
    // Nobody may be logged in as somebody else by another site's page.
    refuseForeign(c.req)
    const user = await checkPassword(deps, c.req.valid('json'), c.var.client.address)
    const id = await deps.sessions.start(user.id)
    c.header('Set-Cookie', deps.sessions.cookie(id, c.var.client.secure))
    c.header('Cache-Control', 'no-store')
    return c.json(sessionBody(user, deps.version), 200)
  })
