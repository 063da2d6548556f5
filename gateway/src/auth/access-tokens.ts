// Access tokens: JWT, HS256 and nothing else, 24 h. A token is good only while its login has not been ended.

import type { Clock } from '@secumon/domain/clock'
import type { User } from '@secumon/infra/vault/users'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'

export const ACCESS_TOKEN_MS = 24 * 3600 * 1000
const ISSUER = 'secumon-api'
const ALGORITHM = 'HS256'

const Claims = z.object({
  user_id: z.string(),
  tenant_id: z.string(),
  /** The login it belongs to: the family of its refresh tokens. */
  sid: z.string(),
  exp: z.number(),
})

export type AccessToken = { readonly token: string; readonly expiresAtMs: number }

export type AccessClaims = {
  readonly userId: string
  readonly tenant: string
  readonly family: string
  readonly expiresAtMs: number
}

export type AccessTokens = {
  issue(user: User, family: string): Promise<AccessToken>
  /** Undefined unless the signature, issuer, times and claims are good. */
  read(token: string): Promise<AccessClaims | undefined>
}

/** @param secret at least 32 bytes */
export function accessTokens(secret: Uint8Array, clock: Clock): AccessTokens {
  if (secret.length < 32) throw new RangeError('a JWT secret has at least 32 bytes')
  return {
    async issue(user, family) {
      const nowS = Math.floor(clock.nowMs() / 1000)
      const expiresS = nowS + ACCESS_TOKEN_MS / 1000
      const token = await new SignJWT({
        user_id: user.id,
        email: user.email ?? '',
        role: user.role,
        tenant_id: user.tenant,
        sid: family,
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setIssuedAt(nowS)
        .setExpirationTime(expiresS)
        .sign(secret)
      return { token, expiresAtMs: expiresS * 1000 }
    },
    read: (token) => read(token, secret, clock),
  }
}

async function read(token: string, secret: Uint8Array, clock: Clock): Promise<AccessClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      requiredClaims: ['exp', 'iat'],
      currentDate: new Date(clock.nowMs()),
    })
    const claims = Claims.safeParse(payload)
    if (!claims.success) return undefined
    const { user_id: userId, tenant_id: tenant, sid: family, exp } = claims.data
    return { userId, tenant, family, expiresAtMs: exp * 1000 }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
