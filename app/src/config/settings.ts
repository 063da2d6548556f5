// Every setting there is: its name in the environment, its form, its default and what it is for. A new one is one
// entry here; flag, file key and `_FILE` variant follow from the name.

import { z } from 'zod'
import {
  days,
  isTimeZone,
  list,
  masterKeyList,
  masterKeyText,
  port,
  secret,
  setting,
  text,
  timeOfDay,
  url,
  type Setting,
} from './setting.ts'

export const settings = {
  port: setting('SECUMON_PORT', port.default(8099), 'HTTP port of the API and the interface'),
  ingestPort: setting('SECUMON_INGEST_PORT', port.default(8098), 'port the agents connect to'),
  host: setting(
    'SECUMON_HOST',
    text.default('127.0.0.1'),
    'address to listen on; only this machine reaches the default, 0.0.0.0 is every network it is on',
  ),
  dataDirectory: setting('SECUMON_DATA', text.default('./.secumon'), 'where everything is kept'),
  archiveDirectory: setting(
    'SECUMON_ARCHIVE',
    text.optional(),
    'directory of the archive; `archive` in the data directory when not given',
  ),
  archiveS3Url: setting(
    'SECUMON_ARCHIVE_S3_URL',
    url('https', 'http').optional(),
    'endpoint of an S3-compatible store that sealed segments of the archive go to; the directory when not given',
  ),
  archiveS3Bucket: setting('SECUMON_ARCHIVE_S3_BUCKET', text.optional(), 'bucket of that store'),
  archiveS3Region: setting('SECUMON_ARCHIVE_S3_REGION', text.default('us-east-1'), 'region of that bucket'),
  archiveS3Prefix: setting(
    'SECUMON_ARCHIVE_S3_PREFIX',
    text.optional(),
    'what names in that bucket begin with, when it has other things too',
  ),
  archiveS3AccessKey: secret('SECUMON_ARCHIVE_S3_ACCESS_KEY', text.optional(), 'who we are in that store'),
  archiveS3SecretKey: secret('SECUMON_ARCHIVE_S3_SECRET_KEY', text.optional(), 'key of whom we are'),
  archiveTelemetryDays: setting(
    'SECUMON_ARCHIVE_TELEMETRY_DAYS',
    z.coerce.number().int().min(1).max(36_500).default(35),
    'days that telemetry stays in the archive; then only its hashes do',
  ),
  archiveLogsDays: setting(
    'SECUMON_ARCHIVE_LOGS_DAYS',
    z.coerce.number().int().min(1).max(36_500).default(365),
    'the same for logs; events stay for ever',
  ),
  retentionAt: setting(
    'SECUMON_RETENTION_AT',
    timeOfDay.default({ hour: 4, minute: 0 }),
    'when what is past its retention is removed each day, by the clocks of SECUMON_TIME_ZONE; 04:00 when not given',
  ),
  timeZone: setting(
    'SECUMON_TIME_ZONE',
    text.refine(isTimeZone, 'must be a time zone like Europe/Paris').default('UTC'),
    'whose night it is when daily work is done',
  ),
  rawDays: setting('SECUMON_RAW_DAYS', days(30), 'days that samples are kept as measured'),
  rollup5minDays: setting('SECUMON_ROLLUP_5MIN_DAYS', days(90), 'days that they are kept by five minutes'),
  rollup1hourDays: setting('SECUMON_ROLLUP_1HOUR_DAYS', days(365), 'days that they are kept by the hour'),
  logsDays: setting('SECUMON_LOGS_DAYS', days(30), 'days that lines of logs can be searched'),
  logIndex: setting(
    'SECUMON_LOG_INDEX',
    z.enum(['trigrams', 'off']).default('trigrams'),
    'what days of log lines that are over are searched by; off: they are read',
  ),
  lokiUrl: setting(
    'SECUMON_LOKI_URL',
    url('https', 'http').optional(),
    'keeps lines of logs instead of PostgreSQL',
  ),
  lokiUser: setting('SECUMON_LOKI_USER', text.optional(), 'who we are to Loki, with a password'),
  lokiPassword: secret('SECUMON_LOKI_PASSWORD', text.optional(), 'password of whom we are to Loki'),
  lokiToken: secret(
    'SECUMON_LOKI_TOKEN',
    text.optional(),
    'bearer token for Loki, instead of user and password',
  ),
  lokiTenant: setting(
    'SECUMON_LOKI_TENANT',
    text.optional(),
    'what every tenant is in Loki; each is a tenant of its own there when not given',
  ),
  databaseDiskGb: setting(
    'SECUMON_DATABASE_DISK_GB',
    z.coerce.number().positive().max(10_000_000).optional(),
    'size of the disk that a database elsewhere may fill; without it nobody can say when it will be full',
  ),
  shards: setting(
    'SECUMON_SHARDS',
    z.coerce.number().int().min(1).max(64).default(1),
    'telemetry streams; fixed at the first start',
  ),
  reserveMb: setting(
    'SECUMON_RESERVE_MB',
    z.coerce.number().int().min(0).max(65_536).default(64),
    'MiB of disk kept so that a full one can be worked out of; 0 for none',
  ),
  adminPassword: secret(
    'SECUMON_ADMIN_PASSWORD',
    z.string().min(12, 'must have at least 12 characters').optional(),
    'password of the first admin; random when not given',
  ),
  masterKey: secret(
    'SECUMON_MASTER_KEY',
    masterKeyText.optional(),
    'wraps the keys and secrets of the platform, 32 bytes',
  ),
  masterKeyOld: secret(
    'SECUMON_MASTER_KEY_OLD',
    masterKeyList.default([]),
    'master keys that still open what they wrapped, separated by commas, until `secumon keys rotate-master`',
  ),
  vaultUrl: setting(
    'SECUMON_VAULT_URL',
    url('http', 'https').optional(),
    'store of the master key instead of SECUMON_MASTER_KEY: Vault, OpenBao or OVHcloud Secret Manager (KV version 2)',
  ),
  vaultToken: secret('SECUMON_VAULT_TOKEN', text.optional(), 'lets us read that store'),
  vaultMount: setting('SECUMON_VAULT_MOUNT', text.default('secret'), 'engine of that store'),
  vaultPath: setting(
    'SECUMON_VAULT_PATH',
    text.default('secumon'),
    'secret in that engine, with the fields master_key and, while it is rotated, master_key_old',
  ),
  backupPassphrase: secret(
    'SECUMON_BACKUP_PASSPHRASE',
    z.string().min(12, 'must have at least 12 characters').optional(),
    'seals backups in place of the master key, so that they can be restored without it',
  ),
  jwtSecret: secret(
    'SECUMON_JWT_SECRET',
    z.string().min(32, 'must have at least 32 characters').optional(),
    'signs the tokens of the API; from the vault when not given',
  ),
  natsUrl: secret('NATS_URL', url('nats', 'tls').optional(), 'event log; embedded when not given'),
  databaseUrl: secret(
    'DATABASE_URL',
    url('postgres', 'postgresql').optional(),
    'PostgreSQL; embedded when not given',
  ),
  timescale: setting(
    'SECUMON_TIMESCALE',
    z.enum(['auto', 'full', 'apache', 'plain']).default('auto'),
    'what of TimescaleDB is used: full, apache or plain (none); auto is the most that the database has',
  ),
  redisUrl: secret('REDIS_URL', url('redis', 'rediss').optional(), 'cache of the latest values; optional'),
  logLevel: setting(
    'SECUMON_LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    'least important lines that are logged',
  ),
  operationsPort: setting(
    'SECUMON_OPERATIONS_PORT',
    port.optional(),
    'port for /health and /metrics of roles without an HTTP server of their own',
  ),
  firstWebhookUrl: secret(
    'SECUMON_FIRST_WEBHOOK_URL',
    url('https', 'http').optional(),
    'the first start makes a webhook channel of it that is told of every alert; later it is content, not configuration',
  ),
  firstSlackUrl: secret('SECUMON_FIRST_SLACK_URL', url('https', 'http').optional(), 'the same for Slack'),
  deadmanUrl: secret(
    'SECUMON_DEADMAN_URL',
    url('https', 'http').optional(),
    'called every minute while nothing is wrong with the platform: whoever is called there misses it when it stops',
  ),
  corsOrigins: setting(
    'SECUMON_CORS_ORIGINS',
    list.pipe(z.array(z.url('must be a list of origins like https://example.org'))).default([]),
    'origins other than our own whose pages may call the API, separated by commas',
  ),
  trustedProxies: setting(
    'SECUMON_TRUSTED_PROXIES',
    list
      .pipe(
        z.array(
          z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
            error: 'must be a list of addresses or networks like 10.0.0.0/8',
          }),
        ),
      )
      .default([]),
    'proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas',
  ),
  publicUrl: setting(
    'SECUMON_PUBLIC_URL',
    url('http', 'https').optional(),
    'where people reach the interface, for links in messages; follows from host and port',
  ),
  notifyAllowPrivate: setting(
    'SECUMON_NOTIFY_ALLOW_PRIVATE',
    list
      .pipe(
        z.array(
          z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.hostname()], {
            error: 'must be a list of hosts, addresses or networks like 10.0.0.0/8',
          }),
        ),
      )
      .default([]),
    'hosts, addresses and networks that messages may go to although they are not public, separated by commas',
  ),
  notifyProxy: secret(
    'SECUMON_NOTIFY_PROXY',
    url('http', 'https').optional(),
    'proxy that messages go through; mail does not, nor what SECUMON_NOTIFY_ALLOW_PRIVATE names',
  ),
  metricsToken: secret(
    'SECUMON_METRICS_TOKEN',
    z.string().min(16, 'must have at least 16 characters').optional(),
    'lets other machines read /metrics of the API; only this one when not given',
  ),
  ingestUrl: setting(
    'SECUMON_INGEST_URL',
    url('http', 'https').optional(),
    'what agents are told to connect to; follows from host and ingest port',
  ),
  tlsCertificate: setting(
    'SECUMON_TLS_CERTIFICATE',
    text.optional(),
    'PEM file: certificate chain of the ingest port',
  ),
  tlsKey: setting('SECUMON_TLS_KEY', text.optional(), 'PEM file: key of that certificate'),
  apiUrl: setting('SECUMON_API_URL', url('http', 'https').optional(), 'for agents: where to enrol'),
  enrolmentToken: secret('SECUMON_ENROLMENT_TOKEN', text.optional(), 'for agents: lets them in, once'),
  stateDirectory: setting(
    'SECUMON_STATE_DIRECTORY',
    text.optional(),
    'for agents: where key and spool are kept',
  ),
  periodS: setting(
    'SECUMON_PERIOD',
    z.coerce.number().int().min(1).max(300).default(10),
    'for agents: seconds between two measurements',
  ),
  logsFile: setting(
    'SECUMON_LOGS_FILE',
    text.optional(),
    'for agents: JSON file that says which logs of this host are shipped',
  ),
  metricsDirectory: setting(
    'SECUMON_METRICS_DIRECTORY',
    text.optional(),
    'for agents: directory of *.prom files that programs of this host publish',
  ),
  metricsIntervalS: setting(
    'SECUMON_METRICS_INTERVAL',
    z.coerce.number().min(10).max(300).default(60),
    'for agents: seconds between two readings of them',
  ),
  metricsMaxAgeS: setting(
    'SECUMON_METRICS_MAX_AGE',
    z.coerce.number().min(60).max(2_678_400).default(3_600),
    'for agents: seconds after which a file that was not written is left out',
  ),
  natsServer: setting('SECUMON_NATS_SERVER', text.optional(), 'path of the nats-server program to embed'),
  natsReleases: setting(
    'SECUMON_NATS_RELEASES',
    url('https', 'http').optional(),
    'where release archives of nats-server are fetched from',
  ),
} satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof settings

/** The configuration of a process: one checked value for each setting. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> }

/** The key of a setting in the configuration file, e.g. `ingest_port`. */
export const fileKey = (name: SettingName): string =>
  settings[name].variable.replace(/^SECUMON_/, '').toLowerCase()

/** The flag of a setting, e.g. `--ingest-port`; secrets have none, because anybody may read a command line. */
export const flagOf = (name: SettingName): string | undefined =>
  settings[name].secret ? undefined : `--${fileKey(name).replaceAll('_', '-')}`

export const settingNames = Object.keys(settings) as SettingName[]
