// Several archivers, one that has been asleep, and a log that has gone back in time.

import type { ArchiveWriter } from '@secumon/infra/archive/archive'
import {
  restartableNats,
  restarting,
  testConnection,
  testEventLog,
} from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import {
  announcements,
  appendAll,
  archivedAll,
  archivePlace,
  assertArchived,
  eventually,
  forgetArchive,
  intercepted,
  killArchiversConnection,
  testArchiver,
} from '../testing/archiver.ts'
import type { Appended } from '../testing/memory-log.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { frames, testDatabase } from '../testing/recorder.ts'
import { withSignsOfLife } from './session-timeouts.ts'

const db = await testDatabase({ after })
beforeEach(() => forgetArchive(db))

test('of several archivers one works; when it stops another goes on', async (t) => {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const log = await testEventLog(scope)
  const place = archivePlace(await temporaryDirectory(scope))
  const lane = new RecordedLane(agentId(1))
  const [one, two] = [testArchiver({ log, db, place }), testArchiver({ log, db, place })]
  t.after(() => Promise.all([one.stop(), two.stop()]))
  const appended = frames(lane, 10)
  await appendAll(log, appended)
  await archivedAll(db, log)
  await eventually('the other stands by', () =>
    [one, two].some((each) => each.health().detail === 'another process archives'),
  )
  const [worker, standby] = one.health().detail === undefined ? [one, two] : [two, one]
  await worker.stop()
  appended.push(...frames(lane, 10))
  await appendAll(log, appended.slice(10))
  await archivedAll(db, log)
  await assertArchived(place, appended)
  assert.equal(await standby.counted('records_total'), 10)
})

for (const moment of ['before', 'after'] as const)
  test(`an archiver that slept ${moment} its write while another took over harms nothing and says nothing`, async (t) => {
    const scope = { after: (end: () => Promise<void>) => t.after(end) }
    const log = await testEventLog(scope)
    const place = archivePlace(await temporaryDirectory(scope))
    const lanes = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2), 'acme')]
    const appended: Appended[] = []
    const append = async () => {
      const records = lanes.flatMap((lane) => frames(lane, 3))
      appended.push(...records)
      await appendAll(log, records)
    }
    const [asleep, wake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let writes = 0
    const faults = (writer: ArchiveWriter): ArchiveWriter =>
      intercepted(writer, async (write) => {
        const sleeps = ++writes === 2
        if (!sleeps) return write()
        const written = moment === 'after' ? await write() : undefined
        asleep.resolve()
        await wake.promise
        return written ?? write()
      })
    const sleeper = testArchiver({ log, db, place, faults })
    await append()
    await archivedAll(db, log)
    await append()
    await asleep.promise
    await killArchiversConnection(db)
    const other = testArchiver({ log, db, place })
    t.after(() => Promise.all([sleeper.stop(), other.stop()]))
    const heard = announcements(log)
    await append()
    await archivedAll(db, log)
    await assertArchived(place, appended)
    await eventually('both lanes are announced', () =>
      lanes.every(
        ({ agent, sequence }) => heard.findLast((said) => said.agent === agent)?.sequence === sequence,
      ),
    )
    heard.length = 0
    wake.resolve()
    await eventually('the sleeper has noticed', async () => (await sleeper.counted('failures_total')) > 0)
    await assertArchived(place, appended)
    assert.equal(heard.length, 0)
    await append()
    await archivedAll(db, log)
    await assertArchived(place, appended)
    assert.equal(await other.counted('holes_total'), 0)
  })

test('a log that was rolled back is archived on, and what comes again is not archived again', async (t) => {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const nats = await restartableNats(scope)
  const log = await testConnection(scope, nats.url)
  const place = archivePlace(await temporaryDirectory(scope))
  const archiver = testArchiver({ log, db, place })
  t.after(() => archiver.stop())
  const restart = restarting(nats, log)
  const [one, two] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
  const [kept, lost] = [frames(one, 5), frames(one, 4)]
  await appendAll(log, kept)
  await archivedAll(db, log)
  await restart(() => nats.save())
  await appendAll(log, lost)
  await archivedAll(db, log)
  await restart(() => nats.rollBack())
  const next = [...frames(two, 3), ...frames(one, 2)]
  await appendAll(log, [...next.slice(0, 3), ...lost, ...next.slice(3)])
  await eventually('it was noticed', async () => (await archiver.counted('rollbacks_total')) > 0)
  await archivedAll(db, log)
  await assertArchived(place, [...kept, ...lost, ...next])
  assert.equal(await archiver.counted('holes_total'), 0)
})

test('a connection lives while its process gives signs of life, and not much longer', async () => {
  const silenceS = 1
  await assert.rejects(
    db.connection().execute((connection) =>
      withSignsOfLife(
        connection,
        async () => {
          const began = performance.now()
          await eventually(
            'more than the time has passed',
            () => performance.now() - began > 1_300 * silenceS,
          )
          await sql`select 1`.execute(connection)
          // Nothing of this process runs meanwhile, as when it is stopped.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_600 * silenceS)
          await sql`select 2`.execute(connection)
        },
        silenceS,
      ),
    ),
    /terminat|timeout|connection/i,
  )
  const { rows } = await sql<{
    silence: string
  }>`select current_setting('idle_session_timeout') as silence`.execute(db)
  assert.equal(rows[0]?.silence, '0')
})
