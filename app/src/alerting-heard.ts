// What every process knows of alerting, wherever it runs: who shares its work, and which part of it fails again and again.

import type { Database } from '@secumon/infra/database/database'
import { ALERTERS, failingParts, failureText } from '@secumon/projections/reactors/part-failures'
import { sql } from 'kysely'
import { setTimeout as delay } from 'node:timers/promises'
import type { Health } from './roles/role.ts'

const LOOK_EVERY_MS = 5_000
/** Until somebody is there: a start should not look ill for longer than it takes. */
const FIRST_LOOKS_MS = 500

export type AlertingHeard = { readonly health: () => Health }

/** Looks every 5 s until the signal aborts. */
export function hearAlerting(db: Database, signal: AbortSignal): AlertingHeard {
  let seen: Health = NOBODY
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      // Trouble with the database is told by who is asked for data.
      seen = await alertingHealth(db).catch(() => seen)
      await delay(seen === NOBODY ? FIRST_LOOKS_MS : LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(
        () => undefined,
      )
    }
  }
  void look()
  return { health: () => seen }
}

const NOBODY: Health = { status: 'degraded', detail: 'nobody is there' }

/** How alerting is, as all its processes say. @throws what the database throws */
export async function alertingHealth(db: Database): Promise<Health> {
  const failing = await failingParts(db)
  if (failing.length > 0) return { status: 'degraded', detail: failing.map(failureText).join(', ') }
  const there = await db
    .selectFrom('secumon.leases')
    .select('name')
    .where('name', 'like', `${ALERTERS}/%`)
    .where(sql<boolean>`expires_at > clock_timestamp()`)
    .executeTakeFirst()
  return there ? { status: 'healthy' } : NOBODY
}
