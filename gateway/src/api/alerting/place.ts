// Whose things a request is about: the tenant's own or, for who runs it, the platform's.

import type { TenantScope, TenantScopes } from '@secumon/projections/tenant-scope'
import { platformScope, runsPlatform, type Principal } from '../../auth/principal.ts'
import { Failure } from '../failures.ts'
import type { PlatformQuery } from '../schemas/id.ts'

export type Place = { readonly tenant: string; readonly scopes: TenantScopes }

/** @throws Failure 403 when it is the platform's and not theirs */
export function placeOf(principal: Principal, { platform }: PlatformQuery): Place {
  if (platform === 'false') return placeIn(principal.scope)
  if (runsPlatform(principal.user)) return placeIn(platformScope)
  throw new Failure(403, 'this is the platform’s', { detail: 'Only who runs the platform may do this.' })
}

/** For what everybody may read: rules of the platform hold for every tenant's agents. */
export const placeToRead = (principal: Principal, { platform }: PlatformQuery): Place =>
  placeIn(platform === 'true' ? platformScope : principal.scope)

/** Where an alert, an incident or a message belongs that the principal has found. */
export const placeOfRow = (principal: Principal, row: { readonly platform: boolean }): Place =>
  placeIn(row.platform ? platformScope : principal.scope)

const placeIn = (scope: TenantScope): Place => ({ tenant: scope.tenant, scopes: [scope] })
