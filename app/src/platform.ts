// What the roles of one process share, each opened when a role first asks for it and closed with the process.

import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Cache } from '@secumon/infra/cache/cache'
import type { Latest } from '@secumon/projections/latest/latest'
import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import type { MasterKeys } from '@secumon/infra/vault/master-keys'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { Exit, exitCode } from './exit.ts'
import type { Lifetime } from './lifecycle.ts'
import { givenMasterKeys } from './master-keys.ts'
import { natsDoor } from './nats-url.ts'
import { pathFault } from './path-faults.ts'
import type { RunningRole } from './roles/role.ts'
import { productVersion } from './version.ts'

const KEYS_POOL_SIZE = 2

export type Platform = {
  readonly config: Config
  readonly logger: Logger
  readonly registry: Registry
  readonly clock: Clock
  readonly version: string
  /** @throws Exit when there is no NATS_URL or nobody answers there */
  log(): Promise<NatsEventLog>
  /**
   * A pool of its own for each user, so that none waits for the connections of another.
   * @param statementTimeoutMs for who moves or compares whole tables
   * @throws Exit
   */
  database(user: string, poolSize: number, statementTimeoutMs?: number): Promise<Database>
  /** @throws Exit when none is configured, or the store that has it does not answer */
  readonly masterKeys: () => Promise<MasterKeys>
  /** The data keys of tenants. @throws Exit as `masterKeys` and `database`; 78 when the vault has another master key */
  readonly keys: () => Promise<ArchiveKeys>
  /** Undefined without REDIS_URL: then nothing is shared. */
  latestCache(): Promise<Cache<Latest> | undefined>
  /** Roles as they start; what `health` speaks of. */
  readonly running: Map<string, RunningRole>
}

export type PlatformOptions = {
  readonly config: Config
  readonly logger: Logger
  readonly lifetime: Lifetime
}

export async function createPlatform({ config, logger, lifetime }: PlatformOptions): Promise<Platform> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const clock = systemClock
  let log: Promise<NatsEventLog> | undefined
  let cache: Promise<Cache<Latest> | undefined> | undefined
  let masters: Promise<MasterKeys> | undefined
  let keys: Promise<ArchiveKeys> | undefined
  const masterKeys = () => (masters ??= openMasterKeys(config))
  const database: Platform['database'] = (user, poolSize, statementTimeoutMs) =>
    openPool({ config, logger, lifetime }, { user, poolSize, statementTimeoutMs })
  return {
    config,
    logger,
    registry,
    clock,
    version: await productVersion(),
    log: () => (log ??= openLog({ config, logger, lifetime }, clock)),
    database,
    latestCache: () => (cache ??= openCache({ config, logger, lifetime })),
    running: new Map(),
    masterKeys,
    keys: () => (keys ??= openKeys({ database, masterKeys, clock })),
  }
}

async function openLog({ config, logger, lifetime }: PlatformOptions, clock: Clock): Promise<NatsEventLog> {
  const url = given(config.natsUrl, 'NATS_URL', 'the event log, e.g. nats://127.0.0.1:4222')
  const { connectEventLog } = await import('@secumon/infra/eventlog/connect-event-log')
  const log = await reached('NATS', () =>
    connectEventLog({
      ...natsDoor(url),
      shards: config.shards,
      logger,
      clock,
      name: `secumon-${process.pid}`,
    }),
  )
  lifetime.own('event log', () => log.close())
  return log
}

type Pool = {
  readonly user: string
  readonly poolSize: number
  readonly statementTimeoutMs: number | undefined
}

async function openPool(options: PlatformOptions, pool: Pool): Promise<Database> {
  const { config, logger, lifetime } = options
  const url = given(
    config.databaseUrl,
    'DATABASE_URL',
    'PostgreSQL, e.g. postgres://secumon@127.0.0.1/secumon',
  )
  const { closeDatabase, openDatabase } = await import('@secumon/infra/database/database')
  const { user, poolSize, statementTimeoutMs } = pool
  const database = openDatabase({
    url,
    poolSize,
    applicationName: `secumon ${user}`,
    logger,
    timescale: config.timescale,
    ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
  })
  lifetime.own(`database of ${user}`, () => closeDatabase(database))
  return database
}

async function openCache({ config, logger, lifetime }: PlatformOptions): Promise<Cache<Latest> | undefined> {
  if (config.redisUrl === undefined) return undefined
  const { redisCache } = await import('@secumon/infra/cache/redis-cache')
  const cache = redisCache<Latest>({ url: config.redisUrl, logger })
  lifetime.own('cache', () => cache.close())
  return cache
}

async function openMasterKeys(config: Config): Promise<MasterKeys> {
  const { masterKeys } = await import('@secumon/infra/vault/master-keys')
  const keys = await givenMasterKeys(config)
  const example = '32 random bytes, e.g. from: openssl rand -base64 32; or set SECUMON_VAULT_URL'
  const { current, others } = given(keys, 'SECUMON_MASTER_KEY', example)
  return masterKeys(current, others)
}

async function openKeys(platform: Pick<Platform, 'database' | 'masterKeys' | 'clock'>): Promise<ArchiveKeys> {
  const { dataKeys } = await import('@secumon/infra/vault/data-keys')
  const { masterKeysInUse } = await import('@secumon/infra/vault/key-acts')
  const masterKeys = await platform.masterKeys()
  const db = await platform.database('keys', KEYS_POOL_SIZE)
  const foreign = (await reached('PostgreSQL', () => masterKeysInUse(db))).filter(
    (id) => !masterKeys.knows(id),
  )
  if (foreign.length > 0)
    throw new Exit(
      exitCode.configuration,
      `the vault is wrapped with master key ${foreign.join(', ')}, not with the one given (${masterKeys.currentId}): ` +
        'give the right one in SECUMON_MASTER_KEY, or the old one in SECUMON_MASTER_KEY_OLD',
    )
  return dataKeys({ db, masterKeys, clock: platform.clock })
}

/** @throws Exit 69 saying who does not answer, 78 naming a path that cannot be used */
export async function reached<T>(whom: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    // A fault of ours, not of theirs.
    if (cause instanceof Exit || cause instanceof TypeError || cause instanceof ReferenceError) throw cause
    const fault = pathFault(cause)
    if (fault !== undefined) throw new Exit(exitCode.configuration, fault, { cause })
    const detail = isMissingTable(cause) ? 'its schema is not there yet; run: secumon migrate' : text(cause)
    throw new Exit(exitCode.unavailable, `${whom} cannot be used: ${detail}`, { cause })
  }
}

function given<T>(value: T | undefined, variable: string, what: string): T {
  if (value === undefined) throw new Exit(exitCode.configuration, `${variable} is not set: ${what}`)
  return value
}

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** SQLSTATE undefined_table and invalid_schema_name. */
const isMissingTable = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === '42P01' || cause.code === '3F000')
