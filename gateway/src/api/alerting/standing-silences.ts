// How many silences a tenant has that are not over: each alert is held against all of them.

import type { TenantScopes } from '@secumon/projections/tenant-scope'
import type { ApiDeps } from '../deps.ts'

/** As far as the read model has come. */
export async function standingSilences(
  { reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>,
  scopes: TenantScopes,
): Promise<number> {
  const asked = { state: 'planned,active', limit: 1, nowMs: clock.nowMs() }
  return (await reads.alerting.listSilences(scopes, asked)).total
}
