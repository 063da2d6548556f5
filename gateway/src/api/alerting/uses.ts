// What is still named by others is not deleted unasked: whoever deletes it is told where.

import type { Usable, Use } from '@secumon/projections/alerts/queries/uses'
import type { ApiDeps } from '../deps.ts'
import { Failure } from '../failures.ts'
import type { DeletionQuery } from '../schemas/id.ts'
import type { Place } from './place.ts'

type Asked = DeletionQuery & { readonly kind: Usable; readonly id: string }

/** @throws Failure 409 naming who uses it, unless it is forced */
export async function requireUnused(
  { reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>,
  { scopes }: Place,
  { kind, id, force }: Asked,
): Promise<void> {
  if (force === 'true') return
  const uses = await reads.alerting.usesOf(scopes, { kind, id, nowMs: clock.nowMs() })
  if (uses.length === 0) return
  throw new Failure(409, 'it is in use', { detail: uses.map(named).join('; ') })
}

const named = ({ kind, name }: Use): string => `${kind} “${name}”`
