import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { ulidToUuid } from '@secumon/contracts/ids'
import { laneNumber } from '@secumon/contracts/lanes'
import { laneSubject } from '@secumon/contracts/subjects'
import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import type { ArchivedRecord } from '../archive/archive.ts'
import { agentId, RecordSource, testingArchive } from '../archive/testing-archive.ts'
import { silentLogger, testEventLog } from '../eventlog/test-event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { temporaryDirectory } from '../testing/servers.ts'
import { lanePlace } from './lane-place.ts'
import { reconcileLog, type LogReport } from './reconcile-log.ts'
import { testDatabase } from './test-database.ts'

const STREAM = 'TELEMETRY_0'
const database = await testDatabase({ after })
/** For one operation, on a machine that is busy. */
const inTime = (): AbortSignal => AbortSignal.timeout(30_000)

const subjectOf = (n: number) =>
  laneSubject({ lane: 'telemetry', shard: 0, tenant: 'main', agent: agentId(n) })

/** An archive whose flushes are given, with what the archiver would have committed of them. */
async function archived(t: TestContext, flushes: readonly (readonly ArchivedRecord[])[]) {
  const archive = testingArchive(await temporaryDirectory(t))
  const writer = await archive.writer()
  for (const records of flushes) {
    archive.time.nowMs += 500
    await writer.write(records, [])
  }
  await writer.close()
  await forgetEverything()
  await database.insertInto('secumon.archive_progress').values({ flush: flushes.length }).execute()
  await positions('archive', newest(flushes.flat()))
  return archive
}

async function forgetEverything(): Promise<void> {
  for (const table of [
    'archive_progress',
    'agent_position',
    'aggregate_position',
    'events_archive',
    'projection_live',
    'checkpoints',
    'platform_holes',
  ] as const)
    await database.deleteFrom(`secumon.${table}`).execute()
}

const newest = (records: readonly ArchivedRecord[]) =>
  new Map(records.filter(({ kind }) => kind !== 'events').map((record) => [record.subject, record]))

/** A projection has taken these records, each the newest of its lane. */
async function positions(projection: string, records: ReadonlyMap<string, ArchivedRecord>): Promise<void> {
  const places = Array.from(records.values(), ({ payload }) => lanePlace(payload))
  const rows = places.flatMap((place) => {
    if (!place) return []
    const { agent, lane, epoch, sequence, hash } = place
    const key = { projection, version: 1, agent: ulidToUuid(agent), lane: laneNumber(lane) }
    return [{ ...key, epoch, sequence, hash, horizon_epoch: 1, horizon_sequence: 1 }]
  })
  for (let from = 0; from < rows.length; from += 1_000)
    await database
      .insertInto('secumon.agent_position')
      .values(rows.slice(from, from + 1_000))
      .execute()
  const identities = [...new Set(places.flatMap((place) => place?.agent ?? []))].map((id) => ({
    projection,
    version: 1,
    tenant: 'main',
    aggregate: 'identity',
    id,
    last_version: 0,
    command_id: '',
  }))
  for (let from = 0; from < identities.length; from += 1_000)
    await database
      .insertInto('secumon.aggregate_position')
      .values(identities.slice(from, from + 1_000))
      .execute()
}

/** A live projection that has begun to read the stream. */
async function projection(name: string, records: readonly ArchivedRecord[]): Promise<void> {
  await database
    .insertInto('secumon.projection_live')
    .values({ projection: name, version: 1, schema: name })
    .execute()
  await database
    .insertInto('secumon.checkpoints')
    .values({
      projection: name,
      version: 1,
      stream: STREAM,
      position: 9,
      fence: 1,
      hash: null,
      marks: '[]',
      committed_at: new Date(3_600_000),
    })
    .execute()
  await positions(name, newest(records))
}

type Archive = Awaited<ReturnType<typeof archived>>

const reconcile = (log: NatsEventLog, archived: Pick<Archive, 'keys' | 'reader'>): Promise<LogReport> => {
  const fed = ['samples', 'latest'].map((name) => ({ projection: name, stream: STREAM }))
  const archive = { reader: archived.reader(), keys: archived.keys, shards: 1, fed }
  return reconcileLog({ log, database, logger: silentLogger, archive }, inTime())
}

const reported = ({ lanes, behind, republished, incomplete, forkedLanes }: LogReport) => {
  return { lanes, behind, republished, incomplete, forkedLanes }
}

/** What a subject holds, as kind and sequence. */
async function held(log: NatsEventLog, subject: string): Promise<string> {
  const found: string[] = []
  for (let position = 1; ;) {
    const message = await log.nextMessage(STREAM, { subject, position })
    if (!message) return found.join(' ')
    const { case: kind } = fromBinary(LaneRecordSchema, message.payload).record
    const sequence = lanePlace(message.payload)?.sequence
    found.push(kind === 'frame' ? String(sequence) : `${kind} ${sequence}`)
    position = message.position + 1
  }
}

/** So many frames of each of these agents, a flush for each round. */
function rounds(source: RecordSource, agents: readonly number[], count: number): ArchivedRecord[][] {
  return Array.from({ length: count }, () => agents.map((n) => source.frame(n)))
}

const append = async (log: NatsEventLog, records: readonly ArchivedRecord[]) => {
  for (const { subject, payload } of records)
    assert.equal((await log.append(subject, payload)).outcome, 'appended')
}

test('a log that has lost everything gets what projections lack, behind what they have', async (t) => {
  const log = await testEventLog(t)
  const flushes = rounds(new RecordSource(), [1, 2, 3], 5)
  const archive = await archived(t, flushes)
  const of = (n: number, upTo: number) =>
    flushes.slice(0, upTo).flatMap((flush) => flush.filter(({ subject }) => subject === subjectOf(n)))
  await projection('samples', [...of(1, 2), ...of(2, 5)])
  await projection('latest', [...of(1, 4), ...of(2, 5), ...of(3, 3)])
  const expected = { lanes: 3, behind: 3, republished: 8, incomplete: 0, forkedLanes: 0 }
  assert.deepEqual(reported(await reconcile(log, archive)), expected)
  assert.equal(await held(log, subjectOf(1)), 'watermark 2 3 4 5')
  assert.equal(await held(log, subjectOf(2)), 'watermark 5')
  assert.equal(await held(log, subjectOf(3)), '1 2 3 4 5')

  const last = await log.lastMessage(STREAM, subjectOf(1))
  const [original] = of(1, 5).slice(-1)
  assert.deepEqual(Buffer.from(last?.payload ?? []), Buffer.from(original?.payload ?? []))
  assert.deepEqual([last?.header(RECEIVED_AT), last?.header(CLOCK_OFFSET)], ['1005', '-3'])
  const again = await reconcile(log, archive)
  assert.deepEqual(reported(again), { ...expected, behind: 0, republished: 0 })
})

test('a log put back in time goes on where it ends, one that is ahead is left alone', async (t) => {
  const log = await testEventLog(t)
  const source = new RecordSource()
  const flushes = rounds(source, [1, 2], 4)
  const archive = await archived(t, flushes)
  await projection('samples', flushes.slice(0, 1).flat())
  await append(log, flushes.slice(0, 3).flat())
  await append(log, [flushes[3]?.[1] as ArchivedRecord, source.frame(2)])
  const report = await reconcile(log, archive)
  assert.deepEqual(reported(report), { lanes: 2, behind: 1, republished: 1, incomplete: 0, forkedLanes: 0 })
  assert.equal(await held(log, subjectOf(1)), '1 2 3 4')
  assert.equal(await held(log, subjectOf(2)), '1 2 3 4 5')
})

test('a lane that differs is reported once and left alone', async (t) => {
  const log = await testEventLog(t)
  const flushes = rounds(new RecordSource(), [1, 2], 3)
  const archive = await archived(t, flushes)
  await projection('samples', [])
  // Same agents, same sequences, other bytes.
  const others = rounds(new RecordSource(), [1, 2], 3).flat().map(altered)
  await append(
    log,
    others.filter(({ subject }, i) => subject === subjectOf(1) || i < 4),
  )
  for (let i = 0; i < 2; i++)
    assert.equal((await reconcile(log, archive)).forkedLanes, 2, 'at the same place, and behind')
  assert.equal(await held(log, subjectOf(1)), '1 2 3')
  assert.equal(await held(log, subjectOf(2)), '1 2')
  const holes = await database
    .selectFrom('secumon.platform_holes')
    .select(['projection', 'subject'])
    .execute()
  assert.deepEqual(
    holes.map(({ projection: by, subject }) => `${by} ${subject}`).toSorted(),
    [1, 2].map((n) => `reconcile ${subjectOf(n)}`),
  )
})

test('the archive knows more than a database from a backup', async (t) => {
  const log = await testEventLog(t)
  const source = new RecordSource()
  const flushes = [
    ...rounds(source, [1], 3),
    [source.envelope('A', 1), source.envelope('A', 2)],
    ...rounds(source, [1, 2], 2),
  ]
  const archive = await archived(t, flushes)
  await forgetEverything()
  const early = flushes.slice(0, 2).flat()
  await database.insertInto('secumon.archive_progress').values({ flush: 2 }).execute()
  await positions('archive', newest(early))
  await projection('samples', early)
  const report = await reconcile(log, archive)
  assert.equal(report.recovered, 2)
  assert.equal(report.restored, 2, 'and published')
  assert.deepEqual(reported(report), { lanes: 2, behind: 2, republished: 5, incomplete: 0, forkedLanes: 0 })
  assert.equal(await held(log, subjectOf(1)), 'watermark 2 3 4 5')
  assert.equal(await held(log, subjectOf(2)), '1 2')
  assert.equal((await reconcile(log, archive)).recovered, 0)
})

test('where records are shredded lanes go on, and the hole is said', async (t) => {
  const log = await testEventLog(t)
  const flushes = rounds(new RecordSource(), [1], 3)
  const archive = await archived(t, flushes)
  await projection('samples', flushes.slice(0, 1).flat())
  archive.keys.shred('main')
  const report = await reconcile(log, archive)
  assert.deepEqual(reported(report), { lanes: 1, behind: 1, republished: 0, incomplete: 1, forkedLanes: 0 })
  assert.equal(await held(log, subjectOf(1)), 'watermark 3')
})

test('more is not put back than the stream has room for', async (t) => {
  const log = await testEventLog(t, { maxStreamBytes: 64 * 1024 })
  const frames = rounds(new RecordSource(), [1], 300).flat()
  const archive = await archived(t, [frames])
  await projection('samples', frames.slice(0, 1))
  const report = await reconcile(log, archive)
  assert.equal(report.incomplete, 1)
  assert.ok(report.republished > 50 && report.republished < 299, String(report.republished))
  const last = await log.lastMessage(STREAM, subjectOf(1))
  assert.equal(last && lanePlace(last.payload)?.sequence, 300)
})

test('what lies further back than the newest minutes is found too', async (t) => {
  const log = await testEventLog(t)
  const source = new RecordSource()
  const flushes = [...rounds(source, [1], 3), ...rounds(source, [2], 250)]
  const archive = await archived(t, flushes)
  await projection('samples', [...flushes.slice(0, 1).flat(), ...flushes.slice(3, 240).flat()])
  const report = await reconcile(log, archive)
  assert.deepEqual(reported(report), { lanes: 2, behind: 2, republished: 15, incomplete: 0, forkedLanes: 0 })
  assert.equal(await held(log, subjectOf(1)), 'watermark 1 2 3')
})

test('three thousand lanes within seconds', async (t) => {
  const log = await testEventLog(t)
  const agents = Array.from({ length: 3_000 }, (_, i) => i + 1)
  const archive = await archived(t, rounds(new RecordSource(), agents, 1))
  await projection('samples', [])
  const startedMs = performance.now()
  const report = await reconcile(log, archive)
  const tookMs = Math.round(performance.now() - startedMs)
  t.diagnostic(`${report.behind} lanes behind: ${tookMs} ms`)
  assert.deepEqual(reported(report), {
    lanes: 3_000,
    behind: 3_000,
    republished: 3_000,
    incomplete: 0,
    forkedLanes: 0,
  })
  const wholeMs = performance.now()
  assert.equal((await reconcile(log, archive)).behind, 0)
  t.diagnostic(`nothing behind: ${Math.round(performance.now() - wholeMs)} ms`)
})

function altered(record: ArchivedRecord): ArchivedRecord {
  const { record: content } = fromBinary(LaneRecordSchema, record.payload)
  assert.ok(content.case === 'frame')
  // An unknown field behind the header: the frame still reads, its hash is another.
  const frame = Uint8Array.from([...content.value.frame, 0xa2, 0x06, 0x01, 0x2a])
  const value = { ...content.value, frame }
  const payload = toBinary(LaneRecordSchema, {
    $typeName: 'secumon.v1.LaneRecord',
    record: { case: 'frame', value },
  })
  return { ...record, payload }
}
