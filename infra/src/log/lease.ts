// Leases: of all processes that want to do something, one does it. A row of PostgreSQL says who and until when, by the
// database's clock; its fence rises with every new holder, so that what an old one still writes can be told apart.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { pause } from './pause.ts'

export type LeaseOptions = {
  readonly database: Kysely<PlatformTables>
  readonly name: string
  /** How long a holder that has died keeps others out, ms. */
  readonly ttlMs: number
  /** Ends the waiting and the work. */
  readonly signal: AbortSignal
  readonly logger: Logger
}

export type Lease = {
  /** Higher than that of every earlier holder. */
  readonly fence: number
  /** Aborts when the lease is lost, or when its taker is told to stop. */
  readonly signal: AbortSignal
}

const PERIODS_PER_TTL = 3
const MAX_POLL_MS = 1_000
/** The holder stops believing before others begin to. */
const BELIEVED_SHARE = 0.9

/**
 * Waits for the lease, does the work once under it and gives it back. Undefined when the signal came first.
 * @throws what the work throws
 */
export async function withLease<T>(
  options: LeaseOptions,
  run: (lease: Lease) => Promise<T>,
): Promise<T | undefined> {
  const holder = `${hostname()}/${process.pid}/${randomUUID()}`
  const taken = await waitForLease(options, holder)
  if (!taken) return undefined
  const term = new AbortController()
  const signal = AbortSignal.any([options.signal, term.signal])
  const renewal = keepRenewing(options, { ...taken, holder, term })
  try {
    return await run({ fence: taken.fence, signal })
  } finally {
    term.abort()
    await renewal
    await giveBack(options, holder).catch((error: unknown) =>
      options.logger.debug({ err: error }, 'lease left to expire'),
    )
  }
}

/** Does the work under the lease again and again, also after losing it or failing, until the signal aborts. */
export async function whileLeading(
  options: LeaseOptions,
  run: (lease: Lease) => Promise<void>,
): Promise<void> {
  const { name, signal, logger } = options
  while (!signal.aborted) {
    try {
      await withLease(options, run)
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error, lease: name }, 'failed under a lease; trying again')
    }
    await pause(MAX_POLL_MS, signal)
  }
}

type Taken = { readonly fence: number; readonly sinceMs: number }

async function waitForLease(options: LeaseOptions, holder: string): Promise<Taken | undefined> {
  const { name, ttlMs, signal, logger } = options
  let warned = false
  while (!signal.aborted) {
    const sinceMs = performance.now()
    try {
      const fence = await take(options, holder)
      if (fence !== undefined) return { fence, sinceMs }
    } catch (error) {
      if (!warned) logger.warn({ err: error, lease: name }, 'leases cannot be reached')
      warned = true
    }
    await pause(Math.min(MAX_POLL_MS, ttlMs / PERIODS_PER_TTL) * (0.5 + Math.random() / 2), signal)
  }
  return undefined
}

const ttl = (ttlMs: number) => sql`${ttlMs} * interval '1 millisecond'`

async function take({ database, name, ttlMs }: LeaseOptions, holder: string): Promise<number | undefined> {
  const { rows } = await sql<{ fence: number }>`
    insert into secumon.leases as held (name, holder, fence, expires_at)
    values (${name}, ${holder}, 1, clock_timestamp() + ${ttl(ttlMs)})
    on conflict (name) do update
      set holder = excluded.holder, fence = held.fence + 1, expires_at = excluded.expires_at
      where held.expires_at <= clock_timestamp()
    returning fence`.execute(database)
  const fence = rows[0]?.fence
  return fence === undefined ? undefined : Number(fence)
}

async function extend({ database, name, ttlMs }: LeaseOptions, holder: string): Promise<boolean> {
  const { rows } = await sql`
    update secumon.leases set expires_at = clock_timestamp() + ${ttl(ttlMs)}
    where name = ${name} and holder = ${holder} and expires_at > clock_timestamp()
    returning name`.execute(database)
  return rows.length > 0
}

async function giveBack({ database, name }: LeaseOptions, holder: string): Promise<void> {
  await sql`update secumon.leases set expires_at = clock_timestamp()
    where name = ${name} and holder = ${holder}`.execute(database)
}

type Held = Taken & { readonly holder: string; readonly term: AbortController }

async function keepRenewing(options: LeaseOptions, { holder, sinceMs, term }: Held): Promise<void> {
  const { name, ttlMs, logger } = options
  const lose = (reason: string) => {
    logger.warn({ lease: name, reason }, 'lease lost')
    term.abort()
  }
  // A timer of its own: a renewal may hang longer than the lease lasts.
  const arm = (fromMs: number) =>
    setTimeout(() => lose('not renewed in time'), fromMs + ttlMs * BELIEVED_SHARE - performance.now())
  let timer = arm(sinceMs)
  while (!term.signal.aborted) {
    await pause(ttlMs / PERIODS_PER_TTL, term.signal)
    if (term.signal.aborted) break
    const fromMs = performance.now()
    const extended = await extend(options, holder).catch((error: unknown) => {
      logger.warn({ err: error, lease: name }, 'lease not renewed')
      return undefined
    })
    if (extended === false) lose('taken by another')
    if (!extended) continue
    clearTimeout(timer)
    timer = arm(fromMs)
  }
  clearTimeout(timer)
}
