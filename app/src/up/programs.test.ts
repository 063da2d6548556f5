import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../config.ts'
import { settingNames, settings, type SettingName } from '../config/settings.ts'
import { rolesProgram } from './programs.ts'

const GIVEN: Readonly<Record<string, string>> = {
  SECUMON_PORT: '9000',
  SECUMON_INGEST_PORT: '9001',
  SECUMON_HOST: '0.0.0.0',
  SECUMON_DATA: '/srv/secumon',
  SECUMON_ARCHIVE: '/srv/archive',
  SECUMON_ARCHIVE_S3_URL: 'https://s3.example',
  SECUMON_ARCHIVE_S3_BUCKET: 'evidence',
  SECUMON_ARCHIVE_S3_REGION: 'eu-west-3',
  SECUMON_ARCHIVE_S3_PREFIX: 'secumon',
  SECUMON_ARCHIVE_S3_ACCESS_KEY: 'access',
  SECUMON_ARCHIVE_S3_SECRET_KEY: 's3-secret',
  SECUMON_ARCHIVE_TELEMETRY_DAYS: '40',
  SECUMON_ARCHIVE_LOGS_DAYS: '400',
  SECUMON_RAW_DAYS: '31',
  SECUMON_ROLLUP_5MIN_DAYS: '91',
  SECUMON_ROLLUP_1HOUR_DAYS: '366',
  SECUMON_LOGS_DAYS: '32',
  SECUMON_LOG_INDEX: 'off',
  SECUMON_RETENTION_AT: '05:07',
  SECUMON_TIME_ZONE: 'Europe/Paris',
  SECUMON_DATABASE_DISK_GB: '500',
  SECUMON_LOKI_URL: 'https://loki.example',
  SECUMON_LOKI_USER: 'us',
  SECUMON_LOKI_PASSWORD: 'loki-secret',
  SECUMON_LOKI_TOKEN: 'loki-token',
  SECUMON_LOKI_TENANT: 'all',
  SECUMON_SHARDS: '3',
  SECUMON_RESERVE_MB: '128',
  SECUMON_TIMESCALE: 'plain',
  SECUMON_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  SECUMON_MASTER_KEY_OLD: [8, 9].map((byte) => Buffer.alloc(32, byte).toString('base64')).join(','),
  SECUMON_JWT_SECRET: 'j'.repeat(32),
  NATS_URL: 'nats://n',
  DATABASE_URL: 'postgres://d',
  REDIS_URL: 'redis://r',
  SECUMON_LOG_LEVEL: 'debug',
  SECUMON_CORS_ORIGINS: 'https://a.example,https://b.example',
  SECUMON_TRUSTED_PROXIES: '10.0.0.0/8',
  SECUMON_FIRST_WEBHOOK_URL: 'https://hooks.example/w',
  SECUMON_FIRST_SLACK_URL: 'https://hooks.example/s',
  SECUMON_DEADMAN_URL: 'https://alive.example/x',
  SECUMON_PUBLIC_URL: 'https://watch.example',
  SECUMON_NOTIFY_ALLOW_PRIVATE: '192.168.0.0/16',
  SECUMON_NOTIFY_PROXY: 'http://proxy.example:3128',
  SECUMON_METRICS_TOKEN: 'm'.repeat(16),
  SECUMON_INGEST_URL: 'https://in.example',
  SECUMON_TLS_CERTIFICATE: '/etc/cert.pem',
  SECUMON_TLS_KEY: '/etc/key.pem',
}

// What `up` needs itself, what is for agents, and a port that two processes could not share.
const OF_NO_ROLE: readonly SettingName[] = [
  'adminPassword',
  'backupPassphrase',
  'vaultUrl',
  'vaultToken',
  'vaultMount',
  'vaultPath',
  'operationsPort',
  'apiUrl',
  'enrolmentToken',
  'stateDirectory',
  'periodS',
  'logsFile',
  'metricsDirectory',
  'metricsIntervalS',
  'metricsMaxAgeS',
  'natsServer',
  'natsReleases',
]

test('every setting given to `up` reaches the roles, and none by the command line', async () => {
  const names = settingNames.filter((name) => !OF_NO_ROLE.includes(name))
  assert.deepEqual(names.map((name) => settings[name].variable).toSorted(), Object.keys(GIVEN).toSorted())
  const { config } = await loadConfig({}, GIVEN)
  const { natsUrl = '', databaseUrl = '', redisUrl } = config
  const program = rolesProgram(
    {
      config,
      directory: {
        path: '/srv/secumon',
        at: (...parts) => ['/srv/secumon', ...parts].join('/'),
        isNew: false,
      },
      servers: { natsUrl, databaseUrl, redisUrl },
      masterKey: config.masterKey?.toString('base64') ?? '',
      masterKeyOld: config.masterKeyOld.map((key) => key.toString('base64')).join(','),
      dev: false,
    },
    'core',
    ['api'],
  )
  const reached = await loadConfig({}, program.environment)
  for (const name of names) assert.deepEqual(reached.config[name], config[name], name)
  for (const name of names.filter((each) => settings[each].secret))
    assert.ok(!program.args.join(' ').includes(GIVEN[settings[name].variable] ?? ''), name)
})
