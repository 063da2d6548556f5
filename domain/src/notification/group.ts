// Which alerts are handled together: those of one policy with the same values of its labels; and, once more, what is told
// together afterwards.

import { labelOf } from '../matching/matchers.ts'
import type { KnownAlert } from './held.ts'
import type { TenantState } from './state.ts'
import { policyOf } from './route.ts'

export type Group = {
  readonly policy: string
  readonly group: Readonly<Record<string, string>>
  readonly summary: boolean
}

/** Names a group among the policy's. */
export const groupKey = ({ policy, group, summary }: Group): string =>
  summary ? `${policy} summary` : `${policy} ${labelsText(group)}`

const labelsText = (group: Group['group']): string =>
  JSON.stringify(Object.entries(group).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** By the policy that takes the alert. */
export function groupOf(tenant: TenantState, alert: KnownAlert, summary: boolean): Group {
  const policy = policyOf(tenant, alert)
  if (summary) return { policy: policy.id, group: {}, summary }
  const { groupBy } = policy.spec
  const group = Object.fromEntries(groupBy.map((label) => [label, labelOf(alert.labels, label)]))
  return { policy: policy.id, group, summary }
}
