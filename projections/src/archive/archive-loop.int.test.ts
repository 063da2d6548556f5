import { create, toBinary } from '@bufbuild/protobuf'
import { durableQuestion, readDurableAnswer } from '@secumon/contracts/durable'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { durableQuestionSubject } from '@secumon/contracts/subjects'
import { ArchiveFull, type ArchiveWriter } from '@secumon/infra/archive/archive'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import assert from 'node:assert/strict'
import { after, beforeEach, test, type TestContext } from 'node:test'
import { listDeadLetters } from '../dead-letters.ts'
import {
  announcements,
  appendAll,
  archivedAll,
  archivedLeaves,
  archivePlace,
  assertArchived,
  eventually,
  forgetArchive,
  intercepted,
  killArchiversConnection,
  testArchiver,
  type TestArchiverOptions,
} from '../testing/archiver.ts'
import type { Appended } from '../testing/memory-log.ts'
import { agentId, envelope, RecordedLane, tick } from '../testing/recorded.ts'
import { frames, T0, testDatabase } from '../testing/recorder.ts'

const db = await testDatabase({ after })
beforeEach(() => forgetArchive(db))

/** A log, an empty archive, and archivers that end with the test. */
async function scene(t: TestContext) {
  const log = await testEventLog({ after: (end) => t.after(end) })
  const place = archivePlace(await temporaryDirectory({ after: (end) => t.after(end) }))
  const start = (options: Partial<TestArchiverOptions> = {}) => {
    const archiver = testArchiver({ log, db, place, ...options })
    t.after(() => archiver.stop())
    return archiver
  }
  return { log, place, start }
}

const watermark = (lane: RecordedLane): Appended => ({
  subject: `telemetry.0.main.${lane.agent}`,
  payload: toBinary(
    LaneRecordSchema,
    create(LaneRecordSchema, { record: { case: 'watermark', value: { agent: lane.agent, epoch: 1n } } }),
  ),
})

test('everything of every stream is archived, once and in order; watermarks only move the place', async (t) => {
  const { log, place, start } = await scene(t)
  const [one, two] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2), 'acme')]
  const garbage = { subject: 'telemetry.0.main.nobody', payload: Buffer.from('\xff garbage', 'latin1') }
  const records = [
    ...frames(one, 3),
    ...frames(two, 2),
    one.gap({ receivedAtMs: T0 }, { first: 4, last: 6, hashOfLast: new Uint8Array(32), reason: 1, atMs: T0 }),
    ...frames(one, 2),
    tick(T0),
    garbage,
    envelope({ aggregate: 'agent', id: one.agent, version: 1 }),
    envelope({ aggregate: 'agent', id: one.agent, version: 2 }),
    envelope({ aggregate: 'agent', id: two.agent, version: 1, tenant: 'acme' }),
  ]
  await appendAll(log, records)
  await appendAll(log, [watermark(one)])
  const archiver = start()
  await archivedAll(db, log)
  await assertArchived(place, records)
  const letters = await listDeadLetters(db, { projection: 'archive', limit: 10 })
  assert.deepEqual(
    letters.map(({ subject }) => subject),
    [garbage.subject],
  )
  const tenants = new Map((await archivedLeaves(place)).map(({ subject, tenant }) => [subject, tenant]))
  assert.equal(tenants.get(garbage.subject), 'main')
  assert.equal(tenants.get('telemetry.0.system.clock'), 'system')
  assert.equal(await archiver.counted('records_total'), records.length)
  assert.equal(await archiver.counted('holes_total'), 0)
  assert.deepEqual(archiver.health(), { status: 'healthy' })
})

test('durable is announced after each flush, and answered to who asks', async (t) => {
  const { log, start } = await scene(t)
  const lane = new RecordedLane(agentId(1))
  const heard = announcements(log)
  start()
  await appendAll(log, frames(lane, 4))
  await archivedAll(db, log)
  await eventually('the announcement is heard', () => heard.at(-1)?.sequence === 4)
  assert.deepEqual(heard.at(-1), { agent: lane.agent, lane: 'telemetry', epoch: 1, sequence: 4 })
  const question = durableQuestion([lane.agent, agentId(9)])
  const answer = await log.ask(durableQuestionSubject(0), question, 5_000)
  assert.deepEqual(answer && readDurableAnswer(answer), [heard.at(-1)])
  assert.equal(await log.ask(durableQuestionSubject(0), Buffer.from('what?'), 100), undefined)
})

test('a record that contradicts the end of its chain is kept beside it, and told', async (t) => {
  const { log, place, start } = await scene(t)
  const [lane, twin] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(1))]
  const records = frames(lane, 3)
  await appendAll(log, records)
  const archiver = start()
  await archivedAll(db, log)
  const contradicting = frames(twin, 3, 20_000)
  await appendAll(log, contradicting)
  await archivedAll(db, log)
  await assertArchived(place, [...records, ...contradicting.slice(2)])
  const letters = await listDeadLetters(db, { projection: 'archive', limit: 10 })
  assert.deepEqual(
    letters.map(({ error }) => error),
    ['RecordForked: another record is archived at this place'],
  )
  assert.equal(await archiver.counted('seen_total'), 2)
})

test('a connection lost between the write and its commit: what was written is adopted, nothing is doubled', async (t) => {
  const { log, place, start } = await scene(t)
  const lanes = Array.from({ length: 5 }, (_, i) => new RecordedLane(agentId(i)))
  let writes = 0
  const faults = (writer: ArchiveWriter): ArchiveWriter =>
    intercepted(writer, async (write) => {
      const done = await write()
      if (++writes % 3 === 0) await killArchiversConnection(db)
      return done
    })
  const archiver = start({ faults })
  const appended: Appended[] = []
  for (let round = 0; round < 10; round++) {
    const records = lanes.flatMap((lane) => frames(lane, 1 + ((round * 7) % 4)))
    appended.push(...records)
    await appendAll(log, records)
    await eventually('another flush', () => writes > round)
  }
  await archivedAll(db, log)
  await assertArchived(place, appended)
  assert.ok((await archiver.counted('failures_total')) >= 3)
  assert.ok((await archiver.counted('adopted_total')) >= 3)
  assert.equal(await archiver.counted('holes_total'), 0)
})

test('a disk that is full keeps everything waiting and loses nothing', async (t) => {
  const { log, place, start } = await scene(t)
  const lane = new RecordedLane(agentId(1))
  const heard = announcements(log)
  let room = false
  let asked = 0
  const faults = (writer: ArchiveWriter): ArchiveWriter =>
    intercepted(writer, async (write) => {
      if (!room) throw new ArchiveFull('the disk has no room')
      return write()
    })
  const archiver = start({ faults, onFull: async () => void asked++ })
  const records = frames(lane, 20)
  await appendAll(log, records)
  await eventually('it has tried twice', () => asked >= 2)
  assert.match(archiver.health().detail ?? '', /no room/)
  assert.equal(await archiver.counted('full'), 1)
  assert.equal(heard.length, 0)
  const told = await db.selectFrom('secumon.archive_progress').select('full_since').execute()
  assert.ok(told.every(({ full_since }) => full_since !== null))
  room = true
  await archivedAll(db, log)
  await assertArchived(place, records)
  await eventually('the announcement is heard', () => heard.at(-1)?.sequence === 20)
  assert.equal(archiver.health().status, 'healthy')
  assert.equal(await archiver.counted('failures_total'), 0)
})

test('a database put back to before its archive takes over what the archive holds', async (t) => {
  const { log, place, start } = await scene(t)
  const lane = new RecordedLane(agentId(1))
  const before = [...frames(lane, 5), envelope({ aggregate: 'agent', id: lane.agent, version: 1 })]
  await appendAll(log, before)
  const first = start()
  await archivedAll(db, log)
  await first.stop()
  await forgetArchive(db)
  const heard = announcements(log)
  const second = start()
  await eventually('what was adopted is announced', () => heard.at(-1)?.sequence === 5)
  const after5 = [...frames(lane, 2), envelope({ aggregate: 'agent', id: lane.agent, version: 2 })]
  await appendAll(log, after5)
  await archivedAll(db, log)
  await assertArchived(place, [...before, ...after5])
  assert.equal(await second.counted('adopted_total'), 1)
  assert.equal(await second.counted('holes_total'), 0)
})

test('an archive that lacks what was committed is not written to', async (t) => {
  const { log, place, start } = await scene(t)
  const lane = new RecordedLane(agentId(1))
  await appendAll(log, frames(lane, 3))
  const first = start()
  await archivedAll(db, log)
  await first.stop()
  const empty = archivePlace(await temporaryDirectory({ after: (end) => t.after(end) }))
  const second = start({ place: { ...empty, keys: place.keys } })
  await eventually('it refuses', () => /right directory/.test(second.health().detail ?? ''))
  await second.stop()
  assert.deepEqual(await archivedLeaves(empty), [])
})
