// Dead letters: messages a projection could not take, kept with everything needed to try again.

import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { NO_KEYS } from '@secumon/infra/vault/envelope-sealing'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { PlatformTx } from './admission.ts'
import { readFact } from './facts.ts'
import { isInfrastructure } from './failure.ts'
import type { Generation } from './generations.ts'
import type { Projection } from './lane-positions.ts'
import type { AfterCommit, Projector } from './projector.ts'
import { openerOf } from './sealed-facts.ts'

const ERROR_CHARACTERS = 1_000
const KEPT_HEADERS = [RECEIVED_AT, CLOCK_OFFSET]

export type Refused = { readonly message: LogMessage; readonly error: unknown }

/** Writes what was refused, in the transaction that passes it by. */
export async function writeDeadLetters(
  tx: PlatformTx,
  projection: Projection,
  { refused, nowMs }: { readonly refused: readonly Refused[]; readonly nowMs: number },
): Promise<void> {
  if (refused.length === 0) return
  const rows = refused.map(({ message, error }) => ({
    ...projection,
    stream: message.stream,
    position: message.position,
    subject: message.subject,
    payload: message.payload,
    headers: JSON.stringify(keptHeaders(message)),
    error: describe(error),
    at: new Date(nowMs),
  }))
  await tx
    .insertInto('secumon.dead_letters')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['projection', 'version', 'stream', 'position']).doUpdateSet((row) => ({
        subject: row.ref('excluded.subject'),
        payload: row.ref('excluded.payload'),
        headers: row.ref('excluded.headers'),
        error: row.ref('excluded.error'),
        at: row.ref('excluded.at'),
        retried_at: null,
      })),
    )
    .execute()
}

export type DeadLetter = {
  readonly id: number
  readonly projection: string
  readonly version: number
  readonly stream: string
  readonly position: number
  readonly subject: string
  readonly error: string
  readonly atMs: number
  readonly retriedAtMs: number | null
}

/** The oldest first. @param limit 1 – 1,000 */
export async function listDeadLetters(
  db: Kysely<PlatformTables>,
  filter: { readonly projection?: string; readonly afterId?: number; readonly limit: number },
): Promise<DeadLetter[]> {
  const { projection, afterId = 0 } = filter
  return db
    .selectFrom('secumon.dead_letters')
    .select(['id', 'projection', 'version', 'stream', 'position', 'subject', 'error'])
    .select(['at as atMs', 'retried_at as retriedAtMs'])
    .where('id', '>', afterId)
    .$if(projection !== undefined, (query) => query.where('projection', '=', projection ?? ''))
    .orderBy('id')
    .limit(Math.min(Math.max(filter.limit, 1), 1_000))
    .execute()
}

/** Forgets dead letters and holes from before the time; returns how many dead letters. */
export async function forgetDeadLetters(db: Kysely<PlatformTables>, beforeMs: number): Promise<number> {
  const before = sql<number>`${new Date(beforeMs)}`
  await db.deleteFrom('secumon.platform_holes').where('at', '<', before).execute()
  const { numDeletedRows } = await db
    .deleteFrom('secumon.dead_letters')
    .where('at', '<', before)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Gives up one dead letter of a projection, or all of them; returns how many. */
export async function dropDeadLetters(
  db: Kysely<PlatformTables>,
  { projection, id }: { readonly projection: string; readonly id?: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('secumon.dead_letters')
    .where('projection', '=', projection)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? 0))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export type RetryOutcome = { readonly applied: number; readonly failed: number }

export type Retried = {
  readonly generation: Pick<Generation, 'generation' | 'schema'>
  /** Open sealed envelopes. */
  readonly keys?: ArchiveKeys
  readonly nowMs: number
  readonly limit?: number
}

/**
 * Plays the dead letters of a generation again, the oldest first, each in a transaction of its own. What
 * succeeds is gone from the list; what fails again stays, with the new error.
 * @throws what the database throws when it cannot be reached; letters not yet tried stay as they are
 */
export async function retryDeadLetters(
  db: Kysely<PlatformTables>,
  projector: Projector,
  options: Retried,
): Promise<RetryOutcome> {
  const letters = await db
    .selectFrom('secumon.dead_letters')
    .select('id')
    .where('projection', '=', projector.name)
    .where('version', '=', options.generation.generation)
    .orderBy('id')
    .limit(options.limit ?? 1_000)
    .execute()
  const { generation, nowMs, keys = NO_KEYS } = options
  let applied = 0
  for (const { id } of letters)
    if (await retryOne(db, projector, { id, schema: generation.schema, nowMs, keys })) applied++
  return { applied, failed: letters.length - applied }
}

type Retry = {
  readonly id: number
  readonly schema: string
  readonly nowMs: number
  readonly keys: ArchiveKeys
}

async function retryOne(db: Kysely<PlatformTables>, projector: Projector, retry: Retry): Promise<boolean> {
  try {
    const afterCommit = await db.transaction().execute((tx) => playAgain(tx, projector, retry))
    afterCommit?.()
    return true
  } catch (error) {
    if (isInfrastructure(error)) throw error
    await db
      .updateTable('secumon.dead_letters')
      .set({ error: describe(error), retried_at: new Date(retry.nowMs) })
      .where('id', '=', retry.id)
      .execute()
    return false
  }
}

async function playAgain(
  tx: PlatformTx,
  projector: Projector,
  retry: Retry,
): Promise<AfterCommit | undefined> {
  const letter = await tx
    .deleteFrom('secumon.dead_letters')
    .where('id', '=', retry.id)
    .returning(['stream', 'position', 'subject', 'payload', 'headers'])
    .executeTakeFirst()
  if (!letter) return undefined
  const read = readFact({ ...letter, header: (name) => letter.headers[name] })
  const open = projector.takesSealed ? undefined : await openerOf([read], retry.keys)
  const fact = open?.(read) ?? read
  projector.prepare?.(fact)
  return projector.project([fact], tx as Transaction<unknown>, retry.schema)
}

const keptHeaders = (message: LogMessage): Record<string, string> =>
  Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = message.header(name)
      return value === undefined ? [] : [[name, value.replaceAll('\0', '')]]
    }),
  )

// A hostile message can put anything into an error's text; NUL is what PostgreSQL does not take.
const describe = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    .replaceAll('\0', '')
    .toWellFormed()
    .slice(0, ERROR_CHARACTERS)
