// The processes of an all-in-one: what each runs, and the environment that configures it.

import { join } from 'node:path'
import { AGENT_NODE_ENVIRONMENT, AGENT_NODE_FLAGS } from '@secumon/edge/node-flags'
import { AGENT_BUNDLE } from '../agent-bundle.ts'
import { neutralEnvironment, type Config } from '../config.ts'
import { exitCode } from '../exit.ts'
import { SERVER_NODE_FLAGS } from '../node-flags.ts'
import { ROOT, vitePath } from './builds.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Servers } from './servers.ts'
import type { Program } from './supervisor.ts'

export const SECUMON = join(import.meta.dirname, '../secumon.ts')

export type ProgramsContext = {
  readonly config: Config
  readonly directory: DataDirectory
  readonly servers: Servers
  /** Base64. */
  readonly masterKey: string
  /** Base64, separated by commas; may be empty. */
  readonly masterKeyOld: string
  /** Sources are being worked on: roles start again when they change, the interface comes from vite. */
  readonly dev: boolean
}

type Extra = { readonly environment?: Record<string, string>; readonly nodeFlags?: readonly string[] }

/** Roles of the server in a process of their own. */
export const rolesProgram = (context: ProgramsContext, name: string, roles: readonly string[]): Program =>
  program(context, name, [SECUMON, 'run', ...roles], {
    environment: serverEnvironment(context),
    nodeFlags: [...SERVER_NODE_FLAGS, ...(context.dev ? ['--watch', '--watch-preserve-output'] : [])],
  })

/** The interface as it is being written. */
export const viteProgram = (context: ProgramsContext): Program =>
  program(context, 'vite', [vitePath(), join(ROOT, 'ui')], {
    environment: { SECUMON_API: apiUrl(context.config) },
  })

/** The agent of this machine. */
export const agentProgram = (
  context: ProgramsContext,
  own: { readonly enrolmentToken: string; readonly logsFile: string; readonly metricsDirectory: string },
): Program =>
  program(context, 'agent', [AGENT_BUNDLE], {
    nodeFlags: AGENT_NODE_FLAGS,
    environment: {
      ...AGENT_NODE_ENVIRONMENT,
      SECUMON_API_URL: apiUrl(context.config),
      SECUMON_ENROLMENT_TOKEN: own.enrolmentToken,
      SECUMON_STATE_DIRECTORY: context.directory.at('agent'),
      SECUMON_PERIOD: String(context.config.periodS),
      SECUMON_LOGS_FILE: own.logsFile,
      SECUMON_METRICS_DIRECTORY: own.metricsDirectory,
      SECUMON_METRICS_INTERVAL: String(context.config.metricsIntervalS),
      SECUMON_METRICS_MAX_AGE: String(context.config.metricsMaxAgeS),
    },
  })

/** The simulated fleet of a demonstration. */
export const demoProgram = (context: ProgramsContext, enrolmentToken: string, agents: number): Program =>
  program(context, 'demo', [SECUMON, 'load', '--agents', String(agents)], {
    environment: {
      SECUMON_API_URL: apiUrl(context.config),
      SECUMON_ENROLMENT_TOKEN: enrolmentToken,
      SECUMON_STATE_DIRECTORY: context.directory.at('demo'),
    },
  })

/** Where this machine reaches the API. */
export function apiUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const everywhere = host === '0.0.0.0' || host === '::' || host === 'localhost'
  const address = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${address}:${port}`
}

function program(context: ProgramsContext, name: string, args: readonly string[], extra: Extra): Program {
  return {
    name,
    command: process.execPath,
    args: [...(extra.nodeFlags ?? []), ...args],
    environment: {
      ...neutralEnvironment(),
      SECUMON_LOG_LEVEL: context.config.logLevel,
      ...extra.environment,
    },
    logFile: context.directory.at('logs', `${name}.log`),
    hopeless: [exitCode.configuration, exitCode.usage],
  }
}

function serverEnvironment({
  config,
  directory,
  servers,
  masterKey,
  masterKeyOld,
}: ProgramsContext): Record<string, string> {
  return {
    NATS_URL: servers.natsUrl,
    DATABASE_URL: servers.databaseUrl,
    ...(servers.redisUrl !== undefined && { REDIS_URL: servers.redisUrl }),
    ...given({
      SECUMON_MASTER_KEY_OLD: masterKeyOld,
      SECUMON_ARCHIVE: config.archiveDirectory,
      SECUMON_ARCHIVE_S3_URL: config.archiveS3Url,
      SECUMON_ARCHIVE_S3_BUCKET: config.archiveS3Bucket,
      SECUMON_ARCHIVE_S3_PREFIX: config.archiveS3Prefix,
      SECUMON_ARCHIVE_S3_ACCESS_KEY: config.archiveS3AccessKey,
      SECUMON_ARCHIVE_S3_SECRET_KEY: config.archiveS3SecretKey,
      SECUMON_DATABASE_DISK_GB: config.databaseDiskGb?.toString(),
      SECUMON_LOKI_URL: config.lokiUrl,
      SECUMON_LOKI_USER: config.lokiUser,
      SECUMON_LOKI_PASSWORD: config.lokiPassword,
      SECUMON_LOKI_TOKEN: config.lokiToken,
      SECUMON_LOKI_TENANT: config.lokiTenant,
      SECUMON_JWT_SECRET: config.jwtSecret,
      SECUMON_METRICS_TOKEN: config.metricsToken,
      SECUMON_INGEST_URL: config.ingestUrl,
      SECUMON_TLS_CERTIFICATE: config.tlsCertificate,
      SECUMON_TLS_KEY: config.tlsKey,
      SECUMON_CORS_ORIGINS: config.corsOrigins.join(','),
      SECUMON_FIRST_WEBHOOK_URL: config.firstWebhookUrl,
      SECUMON_FIRST_SLACK_URL: config.firstSlackUrl,
      SECUMON_DEADMAN_URL: config.deadmanUrl,
      SECUMON_PUBLIC_URL: config.publicUrl,
      SECUMON_NOTIFY_ALLOW_PRIVATE: config.notifyAllowPrivate.join(','),
      SECUMON_NOTIFY_PROXY: config.notifyProxy,
      SECUMON_TRUSTED_PROXIES: config.trustedProxies.join(','),
    }),
    // Starts take half the time from the second on.
    NODE_COMPILE_CACHE: directory.at('compile-cache'),
    SECUMON_MASTER_KEY: masterKey,
    SECUMON_DATA: directory.path,
    SECUMON_HOST: config.host,
    SECUMON_PORT: String(config.port),
    SECUMON_INGEST_PORT: String(config.ingestPort),
    SECUMON_SHARDS: String(config.shards),
    SECUMON_RESERVE_MB: String(config.reserveMb),
    SECUMON_TIMESCALE: config.timescale,
    SECUMON_ARCHIVE_S3_REGION: config.archiveS3Region,
    SECUMON_ARCHIVE_TELEMETRY_DAYS: String(config.archiveTelemetryDays),
    SECUMON_ARCHIVE_LOGS_DAYS: String(config.archiveLogsDays),
    SECUMON_RAW_DAYS: String(config.rawDays),
    SECUMON_ROLLUP_5MIN_DAYS: String(config.rollup5minDays),
    SECUMON_ROLLUP_1HOUR_DAYS: String(config.rollup1hourDays),
    SECUMON_LOGS_DAYS: String(config.logsDays),
    SECUMON_LOG_INDEX: config.logIndex,
    SECUMON_RETENTION_AT: timeOfDayText(config.retentionAt),
    SECUMON_TIME_ZONE: config.timeZone,
  }
}

const timeOfDayText = ({ hour, minute }: Config['retentionAt']): string =>
  [hour, minute].map((number) => String(number).padStart(2, '0')).join(':')

/** What is there and not empty. */
const given = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])))
