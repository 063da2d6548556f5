// Which policy an alert goes by: the one its rule names, else the first whose matchers match; in a tenant without any, the
// built-in one.

import { BUILT_IN_POLICY, builtInPolicy } from '../escalation/built-in-policy.ts'
import { matchesAll } from '../matching/matchers.ts'
import type { HeldPolicy, KnownAlert } from './held.ts'
import type { TenantState } from './state.ts'

/** Undefined where no policy takes the alert. */
export function policyOf(tenant: TenantState, alert: KnownAlert): HeldPolicy | undefined {
  const named = tenant.policies.get(alert.policy)
  if (named && !named.deleted) return named
  let found: HeldPolicy | undefined
  let isAny = false
  for (const policy of tenant.policies.values()) {
    if (policy.deleted) continue
    isAny = true
    if (isBefore(policy, found) && matchesAll(policy.spec.matchers, alert.labels)) found = policy
  }
  return isAny ? found : builtIn(tenant)
}

/** The policy of an open incident, as it is now. */
export const policyNamed = (tenant: TenantState, id: string): HeldPolicy | undefined =>
  id === BUILT_IN_POLICY ? builtIn(tenant) : tenant.policies.get(id)

const builtIn = ({ channels, derived }: TenantState): HeldPolicy =>
  (derived.builtIn ??= {
    id: BUILT_IN_POLICY,
    version: 0,
    spec: builtInPolicy([...channels.keys()].toSorted()),
    deleted: false,
  })

function isBefore(a: HeldPolicy, b: HeldPolicy | undefined): boolean {
  if (!b) return true
  return a.spec.order === b.spec.order ? a.id < b.id : a.spec.order < b.spec.order
}
