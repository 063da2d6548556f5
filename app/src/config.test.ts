import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigFaults, loadConfig, type Config, type Flags } from './config.ts'
import { suggest } from './config/suggest.ts'

const masterKey = Buffer.alloc(32, 7)

type Case = {
  readonly says: string
  readonly flags?: Flags
  readonly environment?: Record<string, string>
  readonly expect: Partial<Config>
  readonly deprecations?: readonly string[]
}

const cases: Case[] = [
  {
    says: 'nothing given: this machine only',
    expect: { port: 8099, ingestPort: 8098, host: '127.0.0.1', dataDirectory: './.secumon', shards: 1 },
  },
  { says: 'an empty variable is none', environment: { SECUMON_PORT: '' }, expect: { port: 8099 } },
  { says: 'the environment', environment: { SECUMON_PORT: '9000' }, expect: { port: 9000 } },
  {
    says: 'a flag comes before the environment',
    flags: { port: '9001' },
    environment: { SECUMON_PORT: '9000' },
    expect: { port: 9001 },
  },
  {
    says: 'a list of origins',
    environment: { SECUMON_CORS_ORIGINS: 'https://a.example, https://b.example' },
    expect: { corsOrigins: ['https://a.example', 'https://b.example'] },
  },
  {
    says: 'proxies as addresses and networks',
    environment: { SECUMON_TRUSTED_PROXIES: '10.0.0.0/8, ::1' },
    expect: { trustedProxies: ['10.0.0.0/8', '::1'] },
  },
  {
    says: 'a master key in base64',
    environment: { SECUMON_MASTER_KEY: masterKey.toString('base64') },
    expect: { masterKey },
  },
  {
    says: 'a master key in hexadecimal',
    environment: { SECUMON_MASTER_KEY: masterKey.toString('hex') },
    expect: { masterKey },
  },
  {
    says: 'the port by its old name',
    environment: { API_PORT: '8100' },
    expect: { port: 8100 },
    deprecations: ['API_PORT is deprecated: use SECUMON_PORT'],
  },
  {
    says: 'the name of today comes before the old one',
    environment: { API_PORT: '8100', SECUMON_PORT: '8200' },
    expect: { port: 8200 },
    deprecations: ['API_PORT is deprecated: use SECUMON_PORT'],
  },
  {
    says: 'the database in its old parts',
    environment: { DB_HOST: 'db', DB_PORT: '5433', DB_USER: 'u', DB_PASSWORD: 'p@:/', DB_NAME: 'n' },
    expect: { databaseUrl: 'postgres://u:p%40%3A%2F@db:5433/n' },
    deprecations: ['DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME are deprecated: use DATABASE_URL'],
  },
  {
    says: 'DATABASE_URL comes before the old parts',
    environment: { DB_HOST: 'old', DATABASE_URL: 'postgres://u@new/n' },
    expect: { databaseUrl: 'postgres://u@new/n' },
    deprecations: ['DB_HOST is deprecated: use DATABASE_URL'],
  },
  {
    says: 'channels of old',
    environment: { WEBHOOK_URL: 'https://hooks.example/x', SLACK_WEBHOOK_URL: 'https://hooks.example/y' },
    expect: { firstWebhookUrl: 'https://hooks.example/x', firstSlackUrl: 'https://hooks.example/y' },
    deprecations: [
      'WEBHOOK_URL is deprecated: use SECUMON_FIRST_WEBHOOK_URL',
      'SLACK_WEBHOOK_URL is deprecated: use SECUMON_FIRST_SLACK_URL',
    ],
  },
  {
    says: 'when retention is, and how long everything stays',
    environment: {
      SECUMON_RETENTION_AT: '23:05',
      SECUMON_TIME_ZONE: 'Europe/Paris',
      SECUMON_RAW_DAYS: '7',
      SECUMON_ROLLUP_5MIN_DAYS: '7',
    },
    expect: {
      retentionAt: { hour: 23, minute: 5 },
      timeZone: 'Europe/Paris',
      rawDays: 7,
      rollup5minDays: 7,
      rollup1hourDays: 365,
      logsDays: 30,
    },
  },
  { says: 'JWT_ENABLED=true is what we do anyway', environment: { JWT_ENABLED: 'true' }, expect: {} },
]

for (const { says, flags, environment, expect, deprecations } of cases)
  test(`configuration: ${says}`, async () => {
    const loaded = await loadConfig(flags, environment ?? {})
    const found = Object.fromEntries(
      Object.keys(expect).map((name) => [name, loaded.config[name as keyof Config]]),
    )
    assert.deepEqual(found, expect)
    assert.deepEqual(loaded.deprecations, deprecations ?? [])
  })

async function faultsOf(environment: Record<string, string>): Promise<readonly string[]> {
  try {
    await loadConfig({}, environment)
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults
    throw error
  }
  return []
}

const faulty: readonly {
  readonly environment: Record<string, string>
  readonly faults: readonly RegExp[]
}[] = [
  { environment: { SECUMON_PORT: '80990' }, faults: [/^SECUMON_PORT \(80990\): /] },
  {
    environment: { SECUMON_PROT: '1' },
    faults: [/^SECUMON_PROT is no setting; did you mean SECUMON_PORT\?$/],
  },
  { environment: { SECUMON_WATERMELON_COLOUR: '1' }, faults: [/^SECUMON_WATERMELON_COLOUR is no setting$/] },
  {
    environment: { SECUMON_TRUSTED_PROXIES: '10.0.0.0/8,proxy.example' },
    faults: [/^SECUMON_TRUSTED_PROXIES \(10\.0\.0\.0\/8,proxy\.example\): must be a list of addresses/],
  },
  { environment: { JWT_ENABLED: 'false' }, faults: [/^JWT_ENABLED=false is refused: .*tenant/] },
  {
    environment: { NATS_URL: 'http://x' },
    faults: [/^NATS_URL \(not shown\): must be a URL starting with nats:/],
  },
  {
    environment: { SECUMON_MASTER_KEY: 'hunter2' },
    faults: [/^SECUMON_MASTER_KEY \(not shown\): must be 32 bytes/],
  },
  {
    environment: { SECUMON_MASTER_KEY_FILE: '/does/not/exist' },
    faults: [/^SECUMON_MASTER_KEY_FILE: \/does\/not\/exist cannot be read/],
  },
  {
    environment: { SECUMON_RETENTION_AT: '4 am', SECUMON_TIME_ZONE: '+01:00', SECUMON_RAW_DAYS: '0' },
    faults: [
      /^SECUMON_RETENTION_AT \(4 am\): must be a time of day like 04:00$/,
      /^SECUMON_TIME_ZONE \(\+01:00\): must be a time zone like/,
      /^SECUMON_RAW_DAYS \(0\): /,
    ],
  },
  {
    environment: { SECUMON_RAW_DAYS: '4' },
    faults: [/^SECUMON_RAW_DAYS \(4\): must be more than 4, /],
  },
  {
    environment: { SECUMON_RAW_DAYS: '100', SECUMON_ROLLUP_1HOUR_DAYS: '80' },
    faults: [
      /^SECUMON_ROLLUP_5MIN_DAYS \(90\): must not be less than SECUMON_RAW_DAYS \(100\)$/,
      /^SECUMON_ROLLUP_1HOUR_DAYS \(80\): must not be less than SECUMON_ROLLUP_5MIN_DAYS \(90\)$/,
    ],
  },
  {
    environment: { SECUMON_PORT: 'x', SECUMON_SHARDS: '0', SECUMON_LOG_LEVEL: 'loud' },
    faults: [/^SECUMON_PORT/, /^SECUMON_SHARDS/, /^SECUMON_LOG_LEVEL/],
  },
]

for (const { environment, faults } of faulty)
  test(`configuration: faults of ${Object.keys(environment).join(', ')}`, async () => {
    const found = await faultsOf(environment)
    assert.equal(found.length, faults.length, found.join('\n'))
    for (const [index, fault] of faults.entries()) assert.match(found[index] ?? '', fault)
  })

test('a secret is never part of a fault', async () => {
  const found = await faultsOf({ SECUMON_MASTER_KEY: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@h/d' })
  assert.equal(found.length, 2)
  assert.doesNotMatch(found.join('\n'), /hunter2/)
})

test('the file gives what flag and environment do not, and its faults are told with theirs', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-config-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'secumon.yaml')
  await writeFile(path, 'port: 9100\ningest_port: 9200\ncors_origins:\n  - https://a.example\n')
  const { config } = await loadConfig({}, { SECUMON_CONFIG: path, SECUMON_PORT: '9300' })
  assert.deepEqual([config.port, config.ingestPort, config.corsOrigins], [9300, 9200, ['https://a.example']])

  await writeFile(path, 'ingest_prot: 1\nshards: many\n')
  const faults = await faultsOf({ SECUMON_CONFIG: path })
  assert.match(faults[0] ?? '', /ingest_prot is no setting; did you mean ingest_port\?/)
  assert.match(faults[1] ?? '', /shards \(many\)/)

  await writeFile(path, 'port: 1\ndatabase_url: postgres://u:hunter2@db: x\n')
  const [unreadable = ''] = await faultsOf({ SECUMON_CONFIG: path })
  assert.match(unreadable, /cannot be read \(.* at line 2, column \d+\)$/)
  assert.doesNotMatch(unreadable, /hunter2/)

  await writeFile(path, 'a: [')
  assert.match((await faultsOf({ SECUMON_CONFIG: path }))[0] ?? '', /cannot be read/)
})

test('a secret comes from a file', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-config-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'key')
  await writeFile(path, `${masterKey.toString('base64')}\n`)
  const { config } = await loadConfig({}, { SECUMON_MASTER_KEY_FILE: path })
  assert.deepEqual(config.masterKey, masterKey)
  const both = await faultsOf({
    SECUMON_MASTER_KEY: masterKey.toString('hex'),
    SECUMON_MASTER_KEY_FILE: path,
  })
  assert.match(both[0] ?? '', /both set/)
})

test('a name nearby is suggested, a far one is not', () => {
  assert.equal(suggest('SECUMON_SHARD', ['SECUMON_SHARDS', 'SECUMON_PORT']), 'SECUMON_SHARDS')
  assert.equal(suggest('XYZ', ['SECUMON_SHARDS']), undefined)
})
