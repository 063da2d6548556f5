import { create, toBinary } from '@bufbuild/protobuf'
import { sha256 } from '@secumon/contracts/frame'
import { ActorSchema, EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { ulid } from '@secumon/contracts/ids'
import { EVENTS_STREAM, eventSubject } from '@secumon/contracts/subjects'
import type { AggregateRef } from '@secumon/domain/decider'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Registry } from 'prom-client'
import { connectEventLog, type NatsEventLog } from '../eventlog/connect-event-log.ts'
import { jetStreamEventStore } from '../eventlog/jetstream-event-store.ts'
import {
  restartableNats,
  restarting,
  silentLogger,
  testClock,
  testConnection,
  testEventLog,
  until,
} from '../eventlog/test-event-log.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'
import { testNats } from '../testing/servers.ts'
import { reconcileEvents } from './reconcile.ts'
import { startReconciler } from './reconciler.ts'
import { testDatabase } from './test-database.ts'

const database = await testDatabase({ after })
/** For one operation, on a machine that is busy. */
const inTime = (): AbortSignal => AbortSignal.timeout(30_000)
const actor = create(ActorSchema, { actor: { case: 'platform', value: 'test' } })
const newAggregate = (): AggregateRef => ({
  tenant: 'main',
  // In clear, so that the same envelope is the same bytes.
  aggregate: 'identity',
  id: ulid(Date.now(), randomBytes(10)),
})

const envelope = (version: number, commandId = `c${version}`): Envelope =>
  create(EnvelopeSchema, { commandId, version: BigInt(version), schema: 1, actor })

async function archive(aggregate: AggregateRef, envelopes: readonly Envelope[]): Promise<void> {
  for (const each of envelopes) {
    const payload = toBinary(EnvelopeSchema, each)
    const row = { ...aggregate, version: Number(each.version), command_id: each.commandId }
    await database
      .insertInto('secumon.events_archive')
      .values({ ...row, payload, hash: sha256(payload), at: new Date() })
      .execute()
  }
}

async function write(
  log: NatsEventLog,
  aggregate: AggregateRef,
  envelopes: readonly Envelope[],
): Promise<void> {
  const store = jetStreamEventStore(log)
  for (const each of envelopes) {
    const { position } = await store.read(aggregate)
    assert.equal((await store.append(aggregate, each, position)).outcome, 'appended')
  }
}

const versions = async (log: NatsEventLog, aggregate: AggregateRef) =>
  (await jetStreamEventStore(log).read(aggregate)).envelopes.map(({ version }) => Number(version))

test('what the log lacks is put back in order, what it has is left alone', async (t) => {
  const log = await testEventLog(t)
  await database.deleteFrom('secumon.events_archive').execute()
  const [whole, behind, lost, ahead] = [newAggregate(), newAggregate(), newAggregate(), newAggregate()]
  const three = [1, 2, 3].map((version) => envelope(version))
  for (const aggregate of [whole, behind, lost]) await archive(aggregate, three)
  await archive(ahead, three.slice(0, 2))
  await write(log, whole, three)
  await write(log, behind, three.slice(0, 1))
  await write(log, ahead, three)
  const report = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.deepEqual(report, { aggregates: 4, restored: 5, forked: 0 })
  for (const aggregate of [whole, behind, lost, ahead])
    assert.deepEqual(await versions(log, aggregate), [1, 2, 3])
  const again = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.deepEqual(again, { aggregates: 4, restored: 0, forked: 0 })
})

test('another envelope under the same version is counted and never overwritten', async (t) => {
  const log = await testEventLog(t)
  await database.deleteFrom('secumon.events_archive').execute()
  const aggregate = newAggregate()
  await archive(aggregate, [envelope(1), envelope(2, 'ours'), envelope(3)])
  await write(log, aggregate, [envelope(1), envelope(2, 'theirs')])
  const report = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.deepEqual(report, { aggregates: 1, restored: 0, forked: 1 })
  const { envelopes } = await jetStreamEventStore(log).read(aggregate)
  assert.deepEqual(
    envelopes.map(({ commandId }) => commandId),
    ['c1', 'theirs'],
  )
})

test('a command carried out again after the log forgot it is the same decision, in other bytes', async (t) => {
  const log = await testEventLog(t)
  await database.deleteFrom('secumon.events_archive').execute()
  const aggregate = newAggregate()
  await archive(aggregate, [envelope(1), envelope(2), envelope(3)])
  await write(log, aggregate, [envelope(1), { ...envelope(2), atMs: 77n }])
  const report = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.deepEqual(report, { aggregates: 1, restored: 1, forked: 0 })
  assert.deepEqual(await versions(log, aggregate), [1, 2, 3])
})

test('a version missing in the middle is put back and read in its place', async (t) => {
  const log = await testEventLog(t)
  await database.deleteFrom('secumon.events_archive').execute()
  const aggregate = newAggregate()
  await archive(aggregate, [envelope(1), envelope(2), envelope(3)])
  await write(log, aggregate, [envelope(1), envelope(3)])
  const report = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.equal(report.restored, 1)
  assert.deepEqual(await versions(log, aggregate), [1, 2, 3])
})

test('more aggregates than a page of the archive', async (t) => {
  const log = await testEventLog(t)
  await database.deleteFrom('secumon.events_archive').execute()
  const payload = toBinary(EnvelopeSchema, envelope(1))
  const rows = Array.from({ length: 5_500 }, () => ({
    ...newAggregate(),
    version: 1,
    command_id: 'c1',
    payload,
    hash: sha256(payload),
    at: new Date(),
  }))
  for (let from = 0; from < rows.length; from += 1_000)
    await database
      .insertInto('secumon.events_archive')
      .values(rows.slice(from, from + 1_000))
      .execute()
  await Promise.all(rows.slice(0, 5_400).map((row) => log.append(eventSubject(row), payload)))
  const report = await reconcileEvents({ log, database, logger: silentLogger }, inTime())
  assert.deepEqual(report, { aggregates: 5_500, restored: 100, forked: 0 })
  assert.equal((await log.bounds(EVENTS_STREAM)).messages, 5_500)
})

test('an empty installation is open at once', async (t) => {
  await database.deleteFrom('secumon.events_archive').execute()
  const { url } = await testNats(t)
  const log = await connectEventLog({ servers: url, logger: silentLogger, clock: testClock, shards: 1 })
  t.after(() => log.close())
  assert.equal(log.trouble, 'not_reconciled')
  const reconciler = startReconciler({ log, database, logger: silentLogger, registry: new Registry() })
  await until(log, () => log.trouble === undefined)
  await reconciler.stop()
})

test('a log put back in time gets back what the archive has, before anybody appends or reads', async (t) => {
  await database.deleteFrom('secumon.events_archive').execute()
  const nats = await restartableNats(t)
  const aggregate = newAggregate()
  const envelopes = [1, 2, 3, 4].map((version) => envelope(version))
  const log = await testConnection(t, nats.url)
  await write(log, aggregate, envelopes.slice(0, 2))
  await nats.stop()
  await nats.save()
  await nats.start()
  const reconciler = startReconciler({ log, database, logger: silentLogger, registry: new Registry() })
  t.after(() => reconciler.stop())
  await until(log, () => log.trouble === undefined)
  await write(log, aggregate, envelopes.slice(2))
  await archive(aggregate, envelopes)

  await nats.stop()
  await nats.rollBack()
  await nats.start()
  await until(log, () => log.trouble === 'not_reconciled')
  const read: number[] = []
  for await (const batch of log.consume(EVENTS_STREAM, { start: 1, signal: inTime() })) {
    read.push(...batch.map(({ position }) => position))
    if (read.length >= 4) break
  }
  assert.deepEqual(await versions(log, aggregate), [1, 2, 3, 4])
})

test('a server that delivers messages and denies them by subject has a damaged store', async (t) => {
  await database.deleteFrom('secumon.events_archive').execute()
  const nats = await restartableNats(t)
  const log = await testConnection(t, nats.url)
  const begin = async () => {
    const aggregate = newAggregate()
    await write(log, aggregate, [envelope(1)])
    await archive(aggregate, [envelope(1)])
  }
  for (let i = 0; i < 2; i++) await begin()
  let index: Index = new Map()
  await restarting(nats, log)(async () => void (index = await indexOf(nats.store)))
  for (let i = 0; i < 3; i++) await begin()
  // As after a kill: what is known of subjects is older than the block, and the block is damaged behind it.
  await restarting(
    nats,
    log,
  )(async () => {
    for (const [path, bytes] of index) await writeFile(path, bytes)
    await flipBitOfMessage(nats.store, 2)
  })
  const known = await log.subjectCounts(EVENTS_STREAM)
  const reconciling = reconcileEvents({ log, database, logger: silentLogger }, inTime())
  // Later servers index what they can read.
  if (known.size >= 4) await reconciling
  else await assert.rejects(reconciling, LogUnreadable)
})

type Index = ReadonlyMap<string, Buffer>

const blocksOf = (store: string, kind: string) =>
  glob(`**/streams/${EVENTS_STREAM}/msgs/1.${kind}`, { cwd: store })

async function indexOf(store: string): Promise<Index> {
  const index = new Map<string, Buffer>()
  for await (const path of blocksOf(store, 'fss'))
    index.set(join(store, path), await readFile(join(store, path)))
  return index
}

/** Flips one bit in the checksum of a message of EVENTS, by its place from 0. */
async function flipBitOfMessage(store: string, place: number): Promise<void> {
  for await (const path of blocksOf(store, 'blk')) {
    const block = await readFile(join(store, path))
    let end = 0
    for (let i = 0; i <= place; i++) end += block.readUInt32LE(end) & 0x7fffffff
    block[end - 1] = (block[end - 1] ?? 0) ^ 1
    await writeFile(join(store, path), block)
  }
}
