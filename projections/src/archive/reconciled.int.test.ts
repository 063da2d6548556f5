import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { restartableNats, testConnection, until } from '@secumon/infra/eventlog/test-event-log'
import { startReconciler } from '@secumon/infra/log/reconciler'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { eventsArchiveProjector } from '../events-archive/project.ts'
import {
  appendAll,
  archivedAll,
  archivePlace,
  assertArchived,
  eventually,
  testArchiver,
} from '../testing/archiver.ts'
import { counted, startLoop, stopLoops } from '../testing/loop.ts'
import { agentId, envelope, RecordedLane } from '../testing/recorded.ts'
import { frames, recorder, seenBy, sequences, STREAM, testDatabase } from '../testing/recorder.ts'

after(stopLoops)
const db = await testDatabase({ after })
const logger = pino({ level: 'silent' })

test('the log has lost its store: every archived frame is in the tables once, and lanes go on', async (t) => {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const nats = await restartableNats(scope)
  const log = await testConnection(scope, nats.url)
  const place = archivePlace(await temporaryDirectory(scope))
  const archiver = testArchiver({ log, db, place })
  const reader = openArchiveReader({ ...place, store: directoryStore(place.directory) })
  const fed = ['fast', 'slow'].map((projection) => ({ projection, stream: STREAM }))
  const archive = { reader, keys: place.keys, shards: 1, fed }
  const reconciler = startReconciler({ log, database: db, logger, registry: new Registry(), archive })
  t.after(() => Promise.all([archiver.stop(), reconciler.stop()]))
  const loop = (name: string) => startLoop({ projector: recorder(name), log, db, stream: STREAM })

  const [a, b] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
  const identities = [a, b].map(({ agent }) => envelope({ aggregate: 'identity', id: agent, version: 1 }))
  const events = startLoop({ projector: eventsArchiveProjector, log, db, stream: 'EVENTS' })
  const [fast, slow] = [loop('fast'), loop('slow')]
  const first = [...frames(a, 20), ...frames(b, 5)]
  await appendAll(log, [...identities, ...first])
  await Promise.all([fast.reached(25), slow.reached(25), events.reached(2)])
  await slow.stop()
  const second = [...frames(a, 10), ...frames(b, 10)]
  await appendAll(log, second)
  await fast.reached(45)
  await archivedAll(db, log)

  await nats.stop()
  await until(log, () => log.trouble === 'disconnected')
  await nats.loseStore()
  await nats.start()
  await until(log, () => log.trouble === undefined)

  const [subject = ''] = second.map((frame) => frame.subject)
  const last = await log.lastMessage(STREAM, subject)
  assert.deepEqual(Buffer.from(last?.payload ?? []), Buffer.from(second[9]?.payload ?? []))
  const third = frames(a, 5)
  await appendAll(log, third)
  const again = loop('slow')
  const whole = [...sequences(a, 1, 35), ...sequences(b, 1, 15)].toSorted(byPlace)
  for (const name of ['fast', 'slow'])
    await eventually(`${name} has everything`, async () => (await seenBy(db, name)).length >= whole.length)
  for (const name of ['fast', 'slow']) assert.deepEqual((await seenBy(db, name)).toSorted(byPlace), whole)
  await archivedAll(db, log)
  await assertArchived(place, [...identities, ...first, ...second, ...third])
  assert.equal((await counted(fast, 'holes')) + (await counted(again, 'holes')), 0)
  await Promise.all([fast.stop(), again.stop(), events.stop()])
})

const byPlace = (a: readonly [string, number], b: readonly [string, number]): number =>
  a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1
