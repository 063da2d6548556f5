// The role `api`: secrets from the vault, read models from PostgreSQL, live values from the log.

import { privateKeyFromSeed } from '@secumon/contracts/signing'
import { startApi } from '@secumon/gateway/api/start-api'
import { openSender } from '@secumon/gateway/notify/open-sender'
import { untyped, type Database } from '@secumon/infra/database/database'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { channelSecrets } from '@secumon/infra/vault/channel-secrets'
import { loadOrCreateSecret } from '@secumon/infra/vault/secrets'
import { createLatest } from '@secumon/projections/latest/queries'
import { matchingIn } from '@secumon/projections/logs/queries/line-filter'
import { queryObservations } from '@secumon/projections/samples/queries/observations'
import { querySeries } from '@secumon/projections/samples/queries'
import { hastenJob } from '@secumon/projections/storage/job-rows'
import type { Kysely } from 'kysely'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Exit, exitCode } from '../exit.ts'
import { hearAlerting } from '../alerting-heard.ts'
import { healthOf } from '../operations.ts'
import { hearIngest } from '../ingest-heard.ts'
import { logStore } from '../log-store.ts'
import { keptDays } from '../kept-days.ts'
import { ingestUrl, isLoopback } from '../ingest-url.ts'
import { reached, type Platform } from '../platform.ts'
import { publicUrl } from '../public-url.ts'
import { onPort } from './on-port.ts'
import type { RunningRole } from './role.ts'

const POOL_SIZE = 10
/** Questions to logs may take seconds: so many at once, and they keep nobody else waiting. */
const LOGS_POOL_SIZE = 4
/** Followers' expressions are matched four times a second: searches must not keep them waiting, nor they searches. */
const TAILS_POOL_SIZE = 2
const UI_DIRECTORY = join(import.meta.dirname, '../../../ui/dist')

export async function startApiRole(platform: Platform): Promise<RunningRole> {
  const { config, clock, logger, registry, version, running } = platform
  // Passwords must not cross a network in clear.
  if (!isLoopback(config.host) && config.trustedProxies.length === 0)
    throw new Exit(
      exitCode.configuration,
      `the API speaks HTTP in clear and does not listen on ${config.host} without a proxy with TLS before it: ` +
        'name that proxy in SECUMON_TRUSTED_PROXIES',
    )
  const db = await platform.database('api', POOL_SIZE)
  const log = await platform.log()
  const keys = await platform.keys()
  const store = jetStreamEventStore(log, keys)
  const cache = await platform.latestCache()
  const uiDirectory = await builtInterface()
  const secrets = await reached('PostgreSQL', () => secretsOf(platform, db))
  const options = {
    ...secrets,
    db,
    log,
    clock,
    logger,
    registry,
    version,
    ...(uiDirectory && { uiDirectory }),
  }
  // Queries of read models name their generation's tables themselves.
  const anyTables = db as Kysely<object> as Kysely<unknown>
  const logsDb = untyped(await platform.database('logs', LOGS_POOL_SIZE))
  const tailsDb = untyped(await platform.database('log-tails', TAILS_POOL_SIZE))
  const stopping = new AbortController()
  const sender = openSender({ allowPrivate: config.notifyAllowPrivate, proxy: config.notifyProxy, clock })
  const heard = hearIngest(anyTables, clock, stopping.signal)
  const alerting = hearAlerting(db, stopping.signal)
  const role = await onPort({ host: config.host, port: config.port, flag: '--port' }, () =>
    startApi({
      ...options,
      host: config.host,
      port: config.port,
      shards: config.shards,
      kept: keptDays(config),
      hastenJob: (name) => hastenJob(db, name, clock.nowMs()),
      // Where they run in this process they speak for themselves.
      health: () => ({ ingest: heard.health(), alerter: alerting.health(), ...healthOf(running).roles }),
      store,
      latest: createLatest({ db: anyTables, log, ...(cache && { cache }) }),
      series: (scope, agent, request) => querySeries(db, scope, { ...request, agent }),
      observations: (scope, request) => queryObservations(db, scope, request),
      logs: logStore(config, logsDb, () => clock.monotonicMs()),
      matchMessages: matchingIn(tailsDb),
      ingestUrl: ingestUrl(config),
      publicUrl: publicUrl(config),
      channelSecrets: channelSecrets({ db, keys, clock }),
      sender,
      corsOrigins: config.corsOrigins,
      trustedProxies: config.trustedProxies,
      ...(config.metricsToken !== undefined && { metricsToken: config.metricsToken }),
    }),
  )
  return {
    ...role,
    stop: async () => {
      stopping.abort()
      await role.stop()
      sender.close()
    },
  }
}

async function secretsOf({ config, masterKeys }: Platform, db: Database) {
  const key = await masterKeys()
  const seed = await loadOrCreateSecret(db, 'config-signing-key', key)
  const jwtSecret =
    config.jwtSecret === undefined ? await loadOrCreateSecret(db, 'jwt', key) : Buffer.from(config.jwtSecret)
  return { jwtSecret, configKey: privateKeyFromSeed(seed) }
}

const builtInterface = (): Promise<string | undefined> =>
  access(join(UI_DIRECTORY, 'index.html')).then(
    () => UI_DIRECTORY,
    () => undefined,
  )
