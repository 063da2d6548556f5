// What this process knows of ingest that runs elsewhere: the gateways' signs of life, as they came through the log.

import type { Clock } from '@secumon/domain/clock'
import { lastGatewaySign } from '@secumon/projections/agents/queries'
import type { Kysely } from 'kysely'
import { setTimeout as delay } from 'node:timers/promises'
import type { Health } from './roles/role.ts'

const LOOK_EVERY_MS = 5_000
/** Until the first sign: a start should not look ill for longer than it takes. */
const FIRST_LOOKS_MS = 500
/** A gateway speaks every 5 s, and its sign takes a moment to become visible. */
const PATIENCE_MS = 20_000

export type IngestHeard = { readonly health: () => Health }

/** Looks every 5 s until the signal aborts. */
export function hearIngest(db: Kysely<unknown>, clock: Clock, signal: AbortSignal): IngestHeard {
  let seenMs: number | undefined
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      // Trouble with the database is told by who is asked for data.
      seenMs = await lastGatewaySign(db).catch(() => seenMs)
      const pauseMs = seenMs === undefined ? FIRST_LOOKS_MS : LOOK_EVERY_MS
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
  void look()
  return { health: () => healthFrom(seenMs, clock.nowMs()) }
}

function healthFrom(seenMs: number | undefined, nowMs: number): Health {
  if (seenMs === undefined) return { status: 'degraded', detail: 'no gateway has been heard yet' }
  const silentMs = nowMs - seenMs
  return silentMs <= PATIENCE_MS
    ? { status: 'healthy' }
    : { status: 'degraded', detail: `no gateway has been heard for ${Math.round(silentMs / 1_000)} s` }
}
