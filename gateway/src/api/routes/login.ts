// POST /api/v1/auth/login: name and password for an access token and a refresh token.

import { startFamily } from '@secumon/infra/vault/refresh-tokens'
import { checkPassword } from '../../auth/check-password.ts'
import type { ApiDeps } from '../deps.ts'
import {
  answer,
  COMMON_ERRORS,
  createRoute,
  endpoint,
  jsonBody,
  TOO_MANY,
  UNAUTHORIZED,
} from '../endpoint.ts'
import { LoginBody, TokensBody } from '../schemas/auth.ts'
import { userBody } from '../user-body.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/auth/login',
  tags: ['login'],
  summary: 'Log in for tokens',
  request: jsonBody(LoginBody),
  responses: { 200: answer(TokensBody, 'Logged in.'), ...COMMON_ERRORS, ...UNAUTHORIZED, ...TOO_MANY },
})

export const login = (deps: Pick<ApiDeps, 'db' | 'clock' | 'tokens' | 'loginLimits'>) =>
  endpoint(route, async (c) => {
    const user = await checkPassword(deps, c.req.valid('json'), c.var.client.address)
    const { family, refreshToken } = await startFamily(deps.db, user.id, deps.clock)
    const { token, expiresAtMs } = await deps.tokens.issue(user, family)
    c.header('Cache-Control', 'no-store')
    const body = { token, refresh_token: refreshToken, expires_at: new Date(expiresAtMs).toISOString() }
    return c.json({ ...body, user: userBody(user) }, 200)
  })
