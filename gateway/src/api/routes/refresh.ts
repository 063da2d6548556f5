// POST /api/v1/auth/refresh: a refresh token for a new access token and the refresh token's successor.

import { rotate } from '@secumon/infra/vault/refresh-tokens'
import type { ApiDeps } from '../deps.ts'
import { answer, COMMON_ERRORS, createRoute, endpoint, jsonBody, UNAUTHORIZED } from '../endpoint.ts'
import { unauthorized } from '../failures.ts'
import { RefreshBody, RefreshedBody } from '../schemas/auth.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/auth/refresh',
  tags: ['login'],
  summary: 'Renew the access token',
  description:
    'The old refresh token stays good until the new one is first used. Showing it after that ends the login: ' +
    'somebody else has it.',
  request: jsonBody(RefreshBody),
  responses: { 200: answer(RefreshedBody, 'Renewed.'), ...COMMON_ERRORS, ...UNAUTHORIZED },
})

export const refresh = ({ db, clock, tokens }: Pick<ApiDeps, 'db' | 'clock' | 'tokens'>) =>
  endpoint(route, async (c) => {
    const grant = await rotate(db, c.req.valid('json').refresh_token, clock)
    if (!grant) throw unauthorized()
    const { token, expiresAtMs } = await tokens.issue(grant.user, grant.family)
    c.header('Cache-Control', 'no-store')
    const expires_at = new Date(expiresAtMs).toISOString()
    return c.json({ token, expires_at, refresh_token: grant.refreshToken }, 200)
  })
