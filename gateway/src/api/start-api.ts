// The role `api`: HTTP API and user interface on one port.

import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeyObject } from 'node:crypto'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import type { RetentionDays } from '@secumon/domain/retention/retention'
import type { Database } from '@secumon/infra/database/database'
import { deleteExpiredRefreshTokens } from '@secumon/infra/vault/refresh-tokens'
import type { ChannelSecrets } from '@secumon/infra/vault/channel-secrets'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { MatchMessages } from '@secumon/projections/logs/queries/line-filter'
import type { LogStore } from '@secumon/projections/logs/queries/log-store'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { accessTokens } from '../auth/access-tokens.ts'
import { authenticator } from '../auth/authenticate.ts'
import { trustedProxies } from '../auth/client-address.ts'
import { failureLimit, loginLimits } from '../auth/login-limits.ts'
import { openSessions } from '../auth/sessions.ts'
import type { Sender } from '../notify/open-sender.ts'
import { alertRows } from './alerting/alert-bodies.ts'
import { apiApp, type ApiType } from './api-app.ts'
import type { ApiDeps, LatestValues, Reads, Roles } from './deps.ts'
import { LiveHub, type LiveHubDeps } from './live/live-hub.ts'
import { LogTails } from './live/log-tails.ts'
import { liveConnections, requestMetrics } from './middleware/request-metrics.ts'
import { watchPlatform } from './platform-state.ts'
import { readModels } from './read-models.ts'

const ENROL_FAILURES = 20
const SWEEP_EVERY_MS = 3_600_000
/** Answers under way have this long at a stop. */
const STOP_WITHIN_MS = 3_000

export type ApiOptions = {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  readonly db: Database
  readonly log: Pick<EventLog, 'trouble' | 'subscribeLive' | 'bounds' | 'messageAt'>
  readonly store: EventStore
  /** `createLatest` of projections/latest/queries. */
  readonly latest: LatestValues
  /** Values over time, bound to the database that holds the samples. */
  readonly series: Reads['series']
  /** The same. */
  readonly observations: Reads['observations']
  readonly logs: LogStore
  /** Of lines that are followed live. */
  readonly matchMessages: MatchMessages
  /** Of telemetry. */
  readonly shards: number
  /** What the platform keeps, in days. */
  readonly kept: RetentionDays
  /** `hastenJob` of projections/storage/job-rows. */
  readonly hastenJob: ApiDeps['hastenJob']
  /** At least 32 bytes. */
  readonly jwtSecret: Uint8Array
  /** Ed25519; agents pin its public half at enrolment. */
  readonly configKey: KeyObject
  /** What agents are told to connect to. */
  readonly ingestUrl: string
  /** Where people reach the interface, for links in messages; without a slash at its end. */
  readonly publicUrl: string
  readonly channelSecrets: ChannelSecrets
  readonly sender: Pick<Sender, 'send'>
  /** The built user interface; absent: the API alone. */
  readonly uiDirectory?: string
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly version: string
  /** State of every role this process knows of. */
  readonly health: () => Roles
  /** Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies?: readonly string[]
  /** Origins other than our own whose pages may call the API with a bearer token; never with the cookie. */
  readonly corsOrigins?: readonly string[]
  /** A bearer token for GET /metrics from elsewhere; absent: only this machine. */
  readonly metricsToken?: string
}

export type RunningApi = {
  readonly url: string
  readonly app: ApiType
  /** Ends streams, finishes answers under way, gives up what takes longer than 3 s. */
  stop(): Promise<void>
  health(): { readonly status: 'healthy' | 'degraded'; readonly detail?: string }
}

/** Starts listening. @throws Error with code EADDRINUSE or EACCES when the port cannot be had */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const stopping = new AbortController()
  const deps = apiDeps(options, stopping.signal)
  const app = apiApp(deps)
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      maxHeaderSize: 16 * 1024,
      keepAliveTimeout: 15_000,
    },
  })
  const sweeping = setInterval(() => void sweep(deps), SWEEP_EVERY_MS).unref()
  const abandon = (): void => {
    stopping.abort()
    clearInterval(sweeping)
    deps.live.stop()
  }
  try {
    await listen(server, options)
  } catch (error) {
    abandon()
    throw error
  }
  return {
    url: urlOf(server, options.host),
    app,
    health: () => healthOf(options.log),
    async stop() {
      abandon()
      await close(server)
    },
  }
}

function apiDeps(options: ApiOptions, signal: AbortSignal): ApiDeps {
  const { db, log, latest, clock, logger, registry } = options
  const sessions = openSessions(db)
  const tokens = accessTokens(options.jwtSecret, clock)
  const platform = watchPlatform({ db, log, shards: options.shards, clock, logger, signal })
  const completeAlerts: LiveHubDeps['completeAlerts'] = (rows) => alertRows(db, rows)
  const reads = readModels(db, options)
  const { alerting } = reads
  const live = new LiveHub({ log, latest, platform, clock, logger, completeAlerts, alerting })
  const { matchMessages } = options
  const logTails = new LogTails({ log, streams: live.streams, matchMessages, clock, logger })
  liveConnections(registry, () => live.connections)
  return {
    ...options,
    reads,
    platform,
    live,
    logTails,
    sessions,
    tokens,
    authenticate: authenticator({ db, tokens, sessions }),
    loginLimits: loginLimits(),
    enrolFailures: failureLimit(ENROL_FAILURES),
    trustedProxies: trustedProxies(options.trustedProxies ?? []),
    corsOrigins: options.corsOrigins ?? [],
    metricsToken: options.metricsToken,
    uiDirectory: options.uiDirectory,
    requestMetrics: requestMetrics(registry),
  }
}

async function sweep({ db, clock, sessions, logger }: ApiDeps): Promise<void> {
  try {
    await sessions.deleteExpired()
    await deleteExpiredRefreshTokens(db, clock.nowMs())
  } catch (error) {
    logger.warn({ err: error }, 'expired logins could not be deleted; next try in an hour')
  }
}

const listen = (server: ServerType, { host, port }: ApiOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

function urlOf(server: ServerType, host: string): string {
  const { port } = server.address() as AddressInfo
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

const healthOf = ({ trouble }: Pick<EventLog, 'trouble'>): ReturnType<RunningApi['health']> =>
  trouble === undefined
    ? { status: 'healthy' }
    : { status: 'degraded', detail: `the event log takes nothing: ${trouble}` }

async function close(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if (!(server instanceof Server)) return closed
  server.closeIdleConnections()
  const giveUp = setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS)
  await closed
  clearTimeout(giveUp)
}
