// Who is asking, told by the credential alone.

import type { User, UserRole } from '@secumon/infra/vault/users'
import type { TenantScope } from '@secumon/projections/tenant-scope'

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
