import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { checkArchive } from '@secumon/infra/archive/check'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, beforeEach, test, type TestContext } from 'node:test'
import { pino } from 'pino'
import {
  appendAll,
  archivedAll,
  archivedLeaves,
  archivePlace,
  assertArchived,
  bySubject,
  eventually,
  forgetArchive,
  testArchiver,
  type ArchivePlace,
} from '../testing/archiver.ts'
import { systemClock } from '../testing/loop.ts'
import { agentId, envelope, RecordedLane } from '../testing/recorded.ts'
import { frames, testDatabase } from '../testing/recorder.ts'
import { acceptLoss, ArchiverAtWork, lookForLoss, LossChanged } from './accept-loss.ts'
import { committedFlush } from './adopt.ts'

const db = await testDatabase({ after })
beforeEach(() => forgetArchive(db))

const logger = pino({ level: 'silent' })

function placesOf({ directory, keys }: ArchivePlace) {
  const place = { directory, keys, store: directoryStore(directory) }
  const openWriter = (committedFlush: number) =>
    openArchiveWriter({ ...place, clock: systemClock, logger, committedFlush })
  return { ...place, db, openWriter, reader: openArchiveReader(place) }
}

/** A log and what was archived of it in three parts, the last of `one` alone, by an archiver that has stopped. */
async function archived(t: TestContext) {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const log = await testEventLog(scope)
  const place = archivePlace(await temporaryDirectory(scope))
  const start = () => {
    const archiver = testArchiver({ log, db, place })
    t.after(() => archiver.stop())
    return archiver
  }
  const archiver = start()
  const [one, two] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2), 'acme')]
  const renamed = [1, 2].map((version) => envelope({ aggregate: 'agent', id: one.agent, version }))
  const parts = [[...frames(one, 4), ...frames(two, 3)], renamed, frames(one, 2)]
  for (const part of parts) {
    await appendAll(log, part)
    await archivedAll(db, log)
  }
  await archiver.stop()
  return { log, place, start, one, two, records: parts.flat() }
}

async function findings({ directory, keys }: ArchivePlace): Promise<string[]> {
  const found: string[] = []
  await checkArchive({
    directory,
    keys,
    store: directoryStore(directory),
    signatures: false,
    committedFlush: await committedFlush(db),
    onFinding: ({ kind }) => found.push(kind),
  })
  return found
}

const openFile = async (directory: string, start: string): Promise<string> => {
  const files = await readdir(directory, { recursive: true })
  return join(directory, files.find((file) => file.includes(start)) ?? '')
}

test('an open segment is lost: after that was accepted, all that the log holds is archived again', async (t) => {
  const { log, place, start, one, two, records } = await archived(t)
  await rm(await openFile(place.directory, 'main.telemetry'))
  const archiver = start()
  await eventually('it refuses', () => /accept-loss/.test(archiver.health().detail ?? ''))
  const places = placesOf(place)
  const loss = await lookForLoss(places)
  assert.ok(loss && loss.foundFlush < loss.committedFlush)
  assert.deepEqual([loss.lanes, loss.records], [1, 6])
  await acceptLoss(places, loss)
  await eventually('it goes on', () => archiver.health().status === 'healthy')
  const later = [...frames(one, 2), ...frames(two, 1)]
  await appendAll(log, later)
  await archivedAll(db, log)
  assert.deepEqual(bySubject(await archivedLeaves(place)), bySubject([...records, ...later]))
  assert.equal(await archiver.counted('holes_total'), 0)
  const told = (await findings(place)).filter((kind) => !kind.startsWith('flush'))
  assert.deepEqual(told, ['leaves-missing'])
})

test('the whole archive is lost: it is made again from the log, and nothing is wrong with it', async (t) => {
  const { log, place, start, records } = await archived(t)
  await rm(place.directory, { recursive: true })
  const places = placesOf(place)
  const loss = await lookForLoss(places)
  assert.deepEqual([loss?.foundFlush, loss?.kept, loss?.records, loss?.envelopes], [0, [], 9, 2])
  assert.ok(loss)
  await acceptLoss(places, loss)
  start()
  await archivedAll(db, log)
  await assertArchived(place, records)
  assert.deepEqual(await findings(place), [])
})

test('nothing is given up that is not lost, or not what was agreed to', async (t) => {
  const { log, place, start, two } = await archived(t)
  const places = placesOf(place)
  assert.equal(await lookForLoss(places), undefined)
  const loss = { foundFlush: 1, committedFlush: 3, kept: [], lanes: 0, records: 0, envelopes: 0 }
  await assert.rejects(acceptLoss(places, loss), LossChanged)
  const archiver = start()
  await appendAll(log, frames(two, 1))
  await archivedAll(db, log)
  await assert.rejects(lookForLoss({ ...places, patienceMs: 100 }), ArchiverAtWork)
  assert.deepEqual(archiver.health(), { status: 'healthy' })
})
