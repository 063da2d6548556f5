// Work in parts that several processes share: each part is done by one of them, under its own lease, and nobody does
// more than a fair share for long. What a process that died was doing others take up when its leases run out.

import type { Database } from '@secumon/infra/database/database'
import { whileLeading, withLease, type Lease } from '@secumon/infra/log/lease'
import { sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { pause } from '../pause.ts'
import { recordFailure } from './part-failures.ts'

export type SharedWorkOptions = {
  readonly database: Database
  /** Of the group of processes that share it, e.g. `alerter`. */
  readonly group: string
  /** Names of the leases, one for each part. */
  readonly parts: readonly string[]
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly ttlMs?: number
}

/** So long one that died is taken to be there. Until that is seen and its work begun, two looks go by: ten seconds in all. */
const LEASE_TTL_MS = 7_000
/** Between two looks at who is there and what is left to do. */
const LOOK_MS = 1_000
const LOOKS_PER_TTL = 3

/** Does each part again and again under its lease, as long as it is this process's to do. Ends with the signal. */
export async function shareWork(
  options: SharedWorkOptions,
  run: (part: number, lease: Lease) => Promise<void>,
): Promise<void> {
  const share = new Share(options)
  await Promise.all([
    share.attend(),
    ...options.parts.map((name, part) => share.keepDoing(name, (lease) => run(part, lease))),
  ])
}

class Share {
  readonly #options: SharedWorkOptions
  readonly #ttlMs: number
  readonly #lookMs: number
  /** What this process does now, with how to give it up. */
  readonly #held = new Map<string, AbortController>()
  #fair: number

  constructor(options: SharedWorkOptions) {
    this.#options = options
    this.#ttlMs = options.ttlMs ?? LEASE_TTL_MS
    this.#lookMs = Math.min(LOOK_MS, this.#ttlMs / LOOKS_PER_TTL)
    this.#fair = options.parts.length
  }

  /** Is there, so that others see it, and looks who else is. */
  async attend(): Promise<void> {
    const { database, group, signal, logger } = this.#options
    const name = `${group}/${randomUUID()}`
    await sql`delete from secumon.leases where name like ${`${group}/%`} and expires_at < now() - interval '1 day'`
      .execute(database)
      .catch((error: unknown) => logger.debug({ err: error }, 'old leases were left'))
    await whileLeading({ database, name, ttlMs: this.#ttlMs, signal, logger }, async (lease) => {
      while (!lease.signal.aborted) {
        await this.#look()
        await pause(this.#lookMs, lease.signal)
      }
    })
  }

  async keepDoing(name: string, run: (lease: Lease) => Promise<void>): Promise<void> {
    const { database, signal, logger } = this.#options
    while (!signal.aborted) {
      if (this.#held.size >= this.#fair) {
        await pause(this.#lookMs, signal)
        continue
      }
      const giveUp = new AbortController()
      const until = AbortSignal.any([signal, giveUp.signal])
      const options = { database, name, ttlMs: this.#ttlMs, signal: until, logger }
      await withLease(options, async (lease) => {
        this.#held.set(name, giveUp)
        await run(lease)
      })
        .catch((error: unknown) => this.#failed(name, error))
        .finally(() => this.#held.delete(name))
      await pause(this.#ttlMs / 10, signal)
    }
  }

  async #failed(name: string, error: unknown): Promise<void> {
    const { database, signal, logger } = this.#options
    logger.error({ err: error, lease: name }, 'failed under a lease; trying again')
    if (signal.aborted) return
    await recordFailure(database, name, error).catch((cause: unknown) =>
      logger.debug({ err: cause }, 'a failure was not recorded'),
    )
  }

  async #look(): Promise<void> {
    const { database, group, parts } = this.#options
    const { rows } = await sql<{ members: number }>`select count(*)::int as members from secumon.leases
      where name like ${`${group}/%`} and expires_at > clock_timestamp()`.execute(database)
    this.#fair = Math.ceil(parts.length / Math.max(1, rows[0]?.members ?? 1))
    for (const [, giveUp] of [...this.#held].slice(this.#fair)) giveUp.abort()
  }
}
