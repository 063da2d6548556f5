import { clockSubject, eventSubject } from '@secumon/contracts/subjects'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { silentLogger, testClock, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory, testNats, testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { recordFailure } from '@secumon/projections/reactors/part-failures'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { alertingHealth } from '../alerting-heard.ts'
import type { FullStatus } from './full-status.ts'
import { secumon as command } from '../testing/command.ts'
import { platformStatus } from './platform-status.ts'
import { registerStatusMetrics } from './status-metrics.ts'

test('the state of database and log, by the command line', async (t) => {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const [postgres, nats] = await Promise.all([testPostgres(scope), testNats(scope)])
  const data = await temporaryDirectory(scope)
  const db = openDatabase({ url: postgres.url, poolSize: 2, applicationName: 'test', logger: silentLogger })
  await migrate(db)
  const log = await testConnection(scope, nats.url)
  const environment = {
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    SECUMON_DATA: data,
    SECUMON_API_URL: 'http://127.0.0.1:1',
  }
  const secumon = (...args: readonly string[]) => command(args, environment)

  for (let i = 0; i < 5; i++) await log.append(clockSubject({ shard: 0, kind: 'clock' }), Uint8Array.of(i))
  await log.append(eventSubject({ tenant: 'main', aggregate: 'agent', id: 'A' }), Uint8Array.of(1))
  const key = { projection: 'samples', version: 2, stream: 'TELEMETRY_0', hash: null, fence: 1, marks: '[]' }
  await db
    .insertInto('secumon.checkpoints')
    .values([
      { ...key, position: 3 },
      { ...key, version: 1, position: 1 },
      { ...key, projection: 'archive', version: 1, position: 5 },
      { ...key, projection: 'archive', version: 1, stream: 'EVENTS', position: 9 },
    ])
    .execute()
  await db
    .insertInto('secumon.projection_live')
    .values({ projection: 'samples', version: 2, schema: 'x' })
    .execute()
  const letter = { projection: 'samples', version: 2, stream: 'TELEMETRY_0', headers: '{}', at: new Date() }
  const rows = [1, 2].map((position) => {
    return {
      ...letter,
      position,
      subject: 'telemetry.0.main.x',
      payload: Buffer.of(1),
      error: 'Odd: it is\nodd',
    }
  })
  await db.insertInto('secumon.dead_letters').values(rows).execute()

  await t.test('status tells how far everybody is, and ends with 75 when something is wrong', async () => {
    const { code, stdout, stderr } = await secumon('status', '--json')
    assert.equal(code, 75, stderr)
    const { api, platform, problems } = JSON.parse(stdout) as FullStatus
    assert.equal(api, undefined)
    assert.deepEqual(
      platform?.streams.map(({ stream, messages }) => [stream, messages]),
      [
        ['EVENTS', 1],
        ['LOGS_0', 0],
        ['TELEMETRY_0', 5],
      ],
    )
    const behind = platform.lags.map(({ projection, stream, backlog }) => [projection, stream, backlog])
    assert.deepEqual(behind, [
      ['archive', 'EVENTS', 1],
      ['archive', 'TELEMETRY_0', 0],
      ['samples', 'TELEMETRY_0', 2],
    ])
    assert.ok(platform.lags.every(({ backlog, lagMs }) => (backlog > 0 ? lagMs > 0 : lagMs === 0)))
    assert.deepEqual([platform.reconciled, platform.archive.flush], [true, 0])
    for (const line of [/no SecuMon answers/, /nobody does clock, keeper/, /2 dead letters of samples/])
      assert.ok(
        problems.some((each) => line.test(each)),
        `${String(line)} in ${problems.join('\n')}`,
      )
  })

  await t.test('the same is told to Prometheus', async () => {
    const registry = new Registry()
    const archive = { directory: data, reserveBytes: 0 }
    const streams = ['EVENTS', 'TELEMETRY_0']
    registerStatusMetrics({ db, log, streams, archive, clock: testClock, registry })
    const text = await registry.metrics()
    for (const line of [
      'backlog_messages{projection="samples",stream="TELEMETRY_0"} 2',
      'stream_messages{stream="TELEMETRY_0"} 5',
      'dead_letters{projection="samples"} 2',
      'forks 0',
    ])
      assert.ok(text.includes(`secumon_platform_${line}\n`), line)
    assert.match(text, /oldest_untaken_seconds\{projection="archive",stream="EVENTS"\} [\d.e-]+\n/)
  })

  await t.test('who takes messages while one looks is not behind for it', async () => {
    const busy = {
      nextMessage: log.nextMessage.bind(log),
      bounds: async (stream: string) => {
        const bounds = await log.bounds(stream)
        await log.append(clockSubject({ shard: 0, kind: 'clock' }), Uint8Array.of(9))
        await db
          .updateTable('secumon.checkpoints')
          .set({ position: bounds.last + 1 })
          .where('projection', '=', 'samples')
          .where('version', '=', 2)
          .execute()
        return bounds
      },
    }
    const archive = { directory: data, reserveBytes: 0 }
    const parts = { db, log: busy, streams: ['TELEMETRY_0'], archive, reconciled: true, nowMs: Date.now() }
    await platformStatus(parts)
    const { lags } = await platformStatus(parts)
    assert.equal(lags.find(({ projection }) => projection === 'samples')?.backlog, 0)
  })

  await t.test('alerting is told of by processes that do not do it', async () => {
    assert.deepEqual(await alertingHealth(db), { status: 'degraded', detail: 'nobody is there' })
    await sql`insert into secumon.leases values ('alerter/x', 'vm/7', 1, now() + interval '1 hour')`.execute(
      db,
    )
    assert.deepEqual(await alertingHealth(db), { status: 'healthy' })
    for (let i = 0; i < 3; i++) await recordFailure(db, 'notify-2', new Error('the row is odd'))
    const { status, detail } = await alertingHealth(db)
    assert.match(`${status}: ${detail}`, /^degraded: notify-2 failed 3 times since \d\d:\d\d UTC$/)
    assert.match((await secumon('status')).stdout, /! notify-2 failed 3 times since .*: the row is odd/)
  })

  await t.test('dead letters are listed and dropped', async () => {
    const [listed, vague] = await Promise.all([
      secumon('dead-letters', 'ls'),
      secumon('dead-letters', 'drop', 'samples'),
    ])
    assert.match(listed.stdout, /samples .*telemetry\.0\.main\.x +Odd: it is odd/)
    assert.match(vague.stderr, /--id or --all/)
    assert.equal((await secumon('dead-letters', 'drop', 'samples', '--all')).stdout, '2 dropped\n')
    assert.deepEqual(await db.selectFrom('secumon.dead_letters').select('id').execute(), [])
  })

  await closeDatabase(db)
})

test('where nothing answers it ends with 69 and one line each', async (t) => {
  const data = await temporaryDirectory({ after: (end) => t.after(end) })
  const ending = await command(['status'], { SECUMON_DATA: data, SECUMON_API_URL: 'http://127.0.0.1:1' })
  assert.equal(ending.code, 69)
  assert.match(ending.stderr, /^secumon: no SecuMon answers at http:\/\/127\.0\.0\.1:1/)
})
