import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { sealFrame, sealGap, type ChainIdentity, type Sealed } from '@secumon/contracts/frame'
import { GapReason, LaneRecordSchema, SignedFrameSchema, SignedGapSchema } from '@secumon/contracts/gen/frame'
import { ulid } from '@secumon/contracts/ids'
import { laneSubject } from '@secumon/contracts/subjects'
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { Registry } from 'prom-client'
import type { NatsEventLog } from '../eventlog/connect-event-log.ts'
import { jetStreamEventStore } from '../eventlog/jetstream-event-store.ts'
import { silentLogger, testClock, testEventLog } from '../eventlog/test-event-log.ts'
import { startClockWriter } from './clock-writer.ts'
import { fillReporter } from './fill-reporter.ts'
import { keepRound, startLogKeeper, type KeeperDeps } from './keeper.ts'
import { keeperMetrics } from './keeper-metrics.ts'
import { purgeStream, type PurgeDeps } from './purge.ts'
import { testDatabase } from './test-database.ts'

const STREAM = 'TELEMETRY_0'
const database = await testDatabase({ after })
/** For one operation, on a machine that is busy. */
const inTime = (): AbortSignal => AbortSignal.timeout(30_000)
const { privateKey } = generateKeyPairSync('ed25519')

const newChain = (): ChainIdentity => ({
  tenant: 'main',
  agent: ulid(Date.now(), randomBytes(10)),
  epoch: 3,
  lane: 'telemetry',
})
const subjectOf = ({ agent }: ChainIdentity) =>
  laneSubject({ lane: 'telemetry', shard: 0, tenant: 'main', agent })

const frameRecord = ({ bytes, signature }: Sealed) =>
  toBinary(
    LaneRecordSchema,
    create(LaneRecordSchema, {
      record: { case: 'frame', value: create(SignedFrameSchema, { frame: bytes, signature }) },
    }),
  )

const gapRecord = ({ bytes, signature }: Sealed) =>
  toBinary(
    LaneRecordSchema,
    create(LaneRecordSchema, {
      record: { case: 'gap', value: create(SignedGapSchema, { gap: bytes, signature }) },
    }),
  )

async function appendFrames(log: NatsEventLog, chain: ChainIdentity, count: number): Promise<Sealed> {
  let head: Sealed | { sequence: number; hash: Uint8Array } = { sequence: 0, hash: new Uint8Array(32) }
  for (let i = 0; i < count; i++) {
    const frame = sealFrame(chain, head, { sentAtMs: 1_800_000_000_000 + i, observations: [] }, privateKey)
    assert.equal((await log.append(subjectOf(chain), frameRecord(frame))).outcome, 'appended')
    head = frame
  }
  return head as Sealed
}

const firstOf = (chain: ChainIdentity): Sealed => {
  const before = { sequence: 0, hash: new Uint8Array(32) }
  return sealFrame(chain, before, { sentAtMs: 1, observations: [] }, privateKey)
}

async function lastRecord(log: NatsEventLog, chain: ChainIdentity) {
  const message = await log.lastMessage(STREAM, subjectOf(chain))
  return message && fromBinary(LaneRecordSchema, message.payload).record
}

const keeperDeps = (log: NatsEventLog, safe: number | undefined, keepMs = 0) => ({
  log,
  store: jetStreamEventStore(log),
  database,
  shards: 1,
  safePosition: async (stream: string) => (stream === STREAM ? safe : undefined),
  clock: testClock,
  logger: silentLogger,
  registry: new Registry(),
  keepMs,
})

const purge = (log: PurgeDeps['log'], upTo: number, connectionNumber = log.connectionNumber) =>
  purgeStream({ log, logger: silentLogger }, { stream: STREAM, upTo, connectionNumber, signal: inTime() })

const round = (deps: KeeperDeps) =>
  keepRound(deps, { metrics: keeperMetrics(deps.registry), reportFill: fillReporter(deps) }, inTime())

test('a quiet lane keeps its place, a busy lane and the clock need nothing', async (t) => {
  const log = await testEventLog(t)
  const [quiet, busy] = [newChain(), newChain()]
  const head = await appendFrames(log, quiet, 3)
  await appendFrames(log, busy, 2)
  await log.append('telemetry.0.system.clock', toBinary(LaneRecordSchema, create(LaneRecordSchema, {})))
  const { last: upTo } = await log.bounds(STREAM)
  await appendFrames(log, busy, 1)
  const report = await purge(log, upTo)
  assert.deepEqual(report, { purged: 6, watermarks: 1 })
  assert.equal((await log.bounds(STREAM)).first, 7)
  const record = await lastRecord(log, quiet)
  assert.ok(record?.case === 'watermark')
  assert.deepEqual(
    { ...record.value, hash: Buffer.from(record.value.hash), $typeName: undefined },
    {
      $typeName: undefined,
      tenant: 'main',
      agent: quiet.agent,
      epoch: 3n,
      lane: 1,
      sequence: 3n,
      hash: Buffer.from(head.hash),
    },
  )
  assert.equal((await lastRecord(log, busy))?.case, 'frame')

  const { last: again } = await log.bounds(STREAM)
  await purge(log, again)
  assert.deepEqual(await lastRecord(log, quiet), record)
})

test('a gap is a place like any other', async (t) => {
  const log = await testEventLog(t)
  const chain = newChain()
  const hashOfLast = new Uint8Array(32).fill(9)
  const content = { first: 4, last: 11, hashOfLast, reason: GapReason.SPOOL_FULL, atMs: 1_800_000_000_000 }
  await log.append(subjectOf(chain), gapRecord(sealGap(chain, content, privateKey)))
  await purge(log, 1)
  const record = await lastRecord(log, chain)
  assert.ok(record?.case === 'watermark')
  assert.equal(record.value.sequence, 11n)
  assert.deepEqual(Buffer.from(record.value.hash), Buffer.from(hashOfLast))
})

test('a lane that went on meanwhile wins over its watermark', async (t) => {
  const log = await testEventLog(t)
  const chain = newChain()
  await appendFrames(log, chain, 1)
  const racing = {
    bounds: (stream: string) => log.bounds(stream),
    connectionNumber: log.connectionNumber,
    trouble: log.trouble,
    consume: log.consume.bind(log),
    lastMessage: log.lastMessage.bind(log),
    nextMessage: log.nextMessage.bind(log),
    upkeep: log.upkeep,
    append: async (...all: Parameters<NatsEventLog['append']>) => {
      await appendFrames(log, chain, 2)
      return log.append(...all)
    },
  }
  const report = await purge(racing, 1)
  assert.deepEqual(report, { purged: 1, watermarks: 0 })
  assert.equal((await lastRecord(log, chain))?.case, 'frame')
})

test('a record that cannot be read is kept, and all behind it', async (t) => {
  const log = await testEventLog(t)
  await appendFrames(log, newChain(), 2)
  await log.append(subjectOf(newChain()), new Uint8Array([255, 255]))
  const { last } = await log.bounds(STREAM)
  const report = await purge(log, last)
  assert.equal(report.purged, 2)
  assert.equal((await log.bounds(STREAM)).first, 3)
})

test('a full stream of quiet lanes can be purged, and keeps its limit', async (t) => {
  const limit = 256 * 1024
  const log = await testEventLog(t, { maxStreamBytes: limit, troubleMemoryMs: 10 })
  const chains: ChainIdentity[] = []
  for (let isFull = false; !isFull;) {
    const some = Array.from({ length: 50 }, newChain)
    const outcomes = await Promise.all(
      some.map((chain) => log.append(subjectOf(chain), frameRecord(firstOf(chain)))),
    )
    chains.push(...some.filter((_, i) => outcomes[i]?.outcome === 'appended'))
    isFull = outcomes.some(({ outcome }) => outcome !== 'appended')
  }
  const { last } = await log.bounds(STREAM)
  const report = await purge(log, last)
  assert.deepEqual(report, { purged: chains.length, watermarks: chains.length })
  const bounds = await log.bounds(STREAM)
  assert.equal(bounds.maxBytes, limit)
  assert.equal(bounds.messages, chains.length)
  for (const record of await Promise.all(chains.map((chain) => lastRecord(log, chain))))
    assert.equal(record?.case, 'watermark')
})

test('nothing is purged that somebody needs, or that is young', async (t) => {
  const log = await testEventLog(t)
  await appendFrames(log, newChain(), 5)
  await round(keeperDeps(log, undefined))
  await round(keeperDeps(log, 5, 3_600_000))
  assert.equal((await log.bounds(STREAM)).first, 1)
  const deps = keeperDeps(log, 3)
  await round(deps)
  assert.equal((await log.bounds(STREAM)).first, 4)
  const text = await deps.registry.metrics()
  assert.match(text, /secumon_infra_purged_messages_total 3/)
  assert.match(text, /secumon_infra_stream_bytes\{stream="TELEMETRY_0"\} \d+/)
})

test('keeper and clock run under their leases and stop when told', async (t) => {
  const log = await testEventLog(t)
  const chain = newChain()
  await appendFrames(log, chain, 2)
  const clock = startClockWriter({
    log,
    database,
    shards: 1,
    clock: testClock,
    logger: silentLogger,
    periodMs: 20,
  })
  const keeper = startLogKeeper({ ...keeperDeps(log, 2), periodMs: 20 })
  const kinds: string[] = []
  for await (const batch of log.consume(STREAM, { start: 1, signal: inTime() })) {
    for (const { payload } of batch) kinds.push(fromBinary(LaneRecordSchema, payload).record.case ?? '')
    if (kinds.filter((kind) => kind === 'tick').length >= 3 && kinds.includes('watermark')) break
  }
  await Promise.all([clock.stop(), keeper.stop()])
  assert.equal((await lastRecord(log, chain))?.case, 'watermark')
  const leases = await database
    .selectFrom('secumon.leases')
    .select(['name', 'fence'])
    .orderBy('name')
    .execute()
  assert.deepEqual(
    leases.map(({ name }) => name),
    ['clock', 'keeper'],
  )
})

test('a nearly full stream forgets after ten minutes what everybody has taken, and nothing else', async (t) => {
  const log = await testEventLog(t, { maxStreamBytes: 256 * 1024 })
  const chain = newChain()
  const elevenMinutesOn = { ...testClock, nowMs: () => Date.now() + 11 * 60_000 }
  const firstAfter = async (safe: number, disk?: KeeperDeps['disk']) => {
    const deps = { ...keeperDeps(log, safe, 48 * 3_600_000), clock: elevenMinutesOn }
    await round(disk ? { ...deps, disk } : deps)
    return (await log.bounds(STREAM)).first
  }
  await appendFrames(log, chain, 10)
  assert.equal(await firstAfter(5), 1, 'there is room: 48 h are kept')
  const short = { isShort: true, shortage: AbortSignal.abort() }
  assert.equal(await firstAfter(3, short), 4, 'a disk without room presses as much')
  const record = frameRecord(firstOf(chain))
  while ((await log.bounds(STREAM)).bytes < 0.8 * 256 * 1024)
    await Promise.all(Array.from({ length: 50 }, () => log.append(subjectOf(chain), record)))
  assert.equal(await firstAfter(5), 6, 'what has not been taken stays')
})

test('nothing is purged by what was found under an earlier connection', async (t) => {
  const log = await testEventLog(t)
  await appendFrames(log, newChain(), 3)
  assert.deepEqual(await purge(log, 3, log.connectionNumber - 1), { purged: 0, watermarks: 1 })
  assert.equal((await log.bounds(STREAM)).first, 1)
})

test('a stream that fills up says so once, and once that it has room again', async (t) => {
  const log = await testEventLog(t)
  const store = jetStreamEventStore(log)
  const report = (bytes: number, reporter = fillReporter(keeperDeps(log, 0))) =>
    reporter({ stream: STREAM, bytes, maxBytes: 100 })
  await report(79)
  const same = fillReporter(keeperDeps(log, 0))
  for (const bytes of [80, 95, 75]) await report(bytes, same)
  await report(85, fillReporter(keeperDeps(log, 0)))
  await report(60, same)
  const { envelopes } = await store.read({ tenant: 'system', aggregate: 'platform', id: 'log-telemetry-0' })
  assert.deepEqual(
    envelopes.map(({ events }) => events.map(({ event }) => event.case)),
    [['logFilling'], ['logRelieved']],
  )
})
