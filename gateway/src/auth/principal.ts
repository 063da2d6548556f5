// Who is asking, told by the credential alone.

import { DEFAULT_TENANT, SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { User, UserRole } from '@secumon/infra/vault/users'
import { tenantScope, type TenantScope, type TenantScopes } from '@secumon/projections/tenant-scope'

export type Principal = {
  readonly user: User
  /** What every query is bounded by. It comes from the user's row, never from the request. */
  readonly scope: TenantScope
  readonly credential: 'session' | 'token'
  /** The login of a token, that logout ends. */
  readonly family?: string
  /** When the credential ends by itself. */
  readonly expiresAtMs: number
}

/** Roles that may change things. */
export const OPERATORS: readonly UserRole[] = ['superadmin', 'admin', 'user']

/** Roles that may change how alerts are made and told. */
export const ADMINS: readonly UserRole[] = ['superadmin', 'admin']

/** The platform's own: only for who runs it, but for what holds for everybody. */
export const platformScope = tenantScope(SYSTEM_TENANT)

/** Whether the user belongs to those who run the platform: superadmins, and everybody of the default tenant. */
export const runsPlatform = ({ role, tenant }: Pick<User, 'role' | 'tenant'>): boolean =>
  role === 'superadmin' || tenant === DEFAULT_TENANT

/** Whose alerts they see: their tenant's, and the platform's own where they run it. */
export const scopesOf = (principal: Principal): TenantScopes =>
  runsPlatform(principal.user) ? [principal.scope, platformScope] : [principal.scope]

/** The same, and what the platform has for everybody. */
export const scopesWithPlatform = ({ scope }: Principal): TenantScopes => [scope, platformScope]
