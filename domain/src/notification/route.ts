// Which policy an alert goes by: the one its rule names, else the first whose matchers match, else the built-in one: whoever
// makes a policy for some alerts does not switch off the others. A policy without steps tells nobody, and says so.

import { BUILT_IN_POLICY, builtInPolicy } from '../escalation/built-in-policy.ts'
import { matchesAll } from '../matching/matchers.ts'
import type { HeldPolicy, KnownAlert } from './held.ts'
import type { TenantState } from './state.ts'

/** There is always one. */
export function policyOf(tenant: TenantState, alert: KnownAlert): HeldPolicy {
  const named = tenant.policies.get(alert.policy)
  if (named && !named.deleted) return named
  let found: HeldPolicy | undefined
  for (const policy of tenant.policies.values()) {
    if (policy.deleted) continue
    if (isBefore(policy, found) && matchesAll(policy.spec.matchers, alert.labels)) found = policy
  }
  return found ?? builtIn(tenant)
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
