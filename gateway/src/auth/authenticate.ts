// From a request's credential to a principal: a bearer token or the session cookie, never anything else.

import type { Database } from '@secumon/infra/database/database'
import { userOfFamily } from '@secumon/infra/vault/refresh-tokens'
import { tenantScope } from '@secumon/projections/tenant-scope'
import { verifyRequestOrigin } from 'lucia'
import type { AccessTokens } from './access-tokens.ts'
import type { Principal } from './principal.ts'
import type { OpenSession, Sessions } from './sessions.ts'

export type Credentials = {
  readonly authorization: string | undefined
  readonly cookie: string | undefined
}

export type Authenticated = { readonly principal: Principal; readonly session?: OpenSession }

export type Authenticator = (credentials: Credentials) => Promise<Authenticated | undefined>

type AuthenticatorDeps = {
  readonly db: Database
  readonly tokens: AccessTokens
  readonly sessions: Sessions
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i

/** A bearer token, when there is one, decides alone: a bad one is not made good by a cookie. */
export function authenticator({ db, tokens, sessions }: AuthenticatorDeps): Authenticator {
  return async ({ authorization, cookie }) => {
    if (authorization !== undefined) {
      const principal = await ofToken(db, tokens, BEARER.exec(authorization)?.[1])
      return principal && { principal }
    }
    const session = cookie === undefined ? undefined : await sessions.find(cookie)
    if (!session) return undefined
    const { user, expiresAtMs } = session
    return {
      session,
      principal: { user, scope: tenantScope(user.tenant), credential: 'session', expiresAtMs },
    }
  }
}

// The user's row is asked each time: a disabled user, a changed role and a logout count at once.
async function ofToken(
  db: Database,
  tokens: AccessTokens,
  token: string | undefined,
): Promise<Principal | undefined> {
  const claims = token === undefined ? undefined : await tokens.read(token)
  const user = claims && (await userOfFamily(db, claims))
  if (!user || user.tenant !== claims.tenant) return undefined
  const { family, expiresAtMs } = claims
  return { user, scope: tenantScope(user.tenant), credential: 'token', family, expiresAtMs }
}

export type BrowserRequest = {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Sec-Fetch-Site. */
  readonly site: string | undefined
}

/**
 * False for a request that changes something and that another site made the browser send: the cookie would go with
 * it. A browser says where it comes from in Sec-Fetch-Site, or at least in Origin.
 */
export function isSameOrigin({ method, host, origin, site }: BrowserRequest): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true
  // What the browser itself says beats what a proxy may have made of Host.
  if (site !== undefined) return site === 'same-origin'
  if (origin === undefined) return false
  return host !== undefined && verifyRequestOrigin(origin, [host])
}
