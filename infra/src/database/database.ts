// The door to PostgreSQL: a bounded pool under Kysely, with time limits on everything.

import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { WANTED_EDITION, type WantedEdition } from '@secumon/migrations/timescale'
import { copyingPool } from './copy-channel.ts'
import { TYPES } from './types.ts'

export type DatabaseOptions = {
  readonly url: string
  /** Connections at most. A running projector keeps one to itself. */
  readonly poolSize: number
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  readonly logger: Logger
  /** A statement that takes longer is cancelled by the server. */
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** What is used of TimescaleDB; absent: the most that is there. */
  readonly timescale?: WantedEdition
}

export type Database = Kysely<PlatformTables>

/**
 * Opens lazily: the first query connects. Other rooms' tables come with `db.withTables<VaultTables>()`.
 * Bigints are read as numbers, timestamptz as epoch milliseconds; times are written as Date.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    // The server's limit comes first; this one is for a server that does not answer at all.
    query_timeout: statementTimeoutMs + 10_000,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    keepAlive: true,
    options: `-c timezone=UTC -c datestyle=ISO${wantedEdition(options)}`,
    types: TYPES,
  })
  // Without a listener of its own, a connection that is lost while in use would end the process. The error itself is not
  // logged: pg hangs the whole client on it.
  const lost = ({ message }: Error) =>
    options.logger.warn({ reason: message }, 'a database connection was lost')
  pool.on('connect', (client) => client.on('error', lost))
  pool.on('error', () => undefined)
  return new Kysely<PlatformTables>({ dialect: new PostgresDialect({ pool: copyingPool(pool) }) })
}

const wantedEdition = ({ timescale = 'auto' }: Pick<DatabaseOptions, 'timescale'>): string =>
  timescale === 'auto' ? '' : ` -c ${WANTED_EDITION}=${timescale}`

/** Waits for running queries and closes all connections. */
export const closeDatabase = (db: Database): Promise<void> => db.destroy()

/** The same connections without table types, for what reads and writes a generation's tables. */
export const untyped = (db: Database): Kysely<unknown> => db as Kysely<unknown>
