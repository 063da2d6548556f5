import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sha256 } from '@secumon/contracts/frame'
import { archivedVersion } from './queries.ts'
import { counted, startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { envelope } from '../testing/recorded.ts'
import { testDatabase } from '../testing/recorder.ts'
import { eventsArchiveProjector } from './project.ts'

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()
const ref = { tenant: 'main', aggregate: 'agent', id: 'A' }

test('an event counts once it is archived, payload and hash as logged', async () => {
  const loop = startLoop({ projector: eventsArchiveProjector, log, db, stream: 'EVENTS' })
  const [first, second] = [envelope({ ...ref, version: 1 }), envelope({ ...ref, version: 2 })]
  assert.equal(await archivedVersion(db, ref), 0)
  log.append('EVENTS', first, second)
  await loop.reached(2)
  assert.equal(await archivedVersion(db, ref), 2)
  const rows = await db.selectFrom('secumon.events_archive').selectAll().orderBy('version').execute()
  assert.deepEqual(
    rows.map(({ version, command_id, payload, hash }) => [version, command_id, [...payload], [...hash]]),
    [first, second].map(({ payload }, i) => [i + 1, `A-${i + 1}`, [...payload], [...sha256(payload)]]),
  )
  await loop.stop()
})

test('a log that is read again from its start adds nothing; another envelope at an old version is told', async () => {
  log.append(
    'EVENTS',
    envelope({ ...ref, version: 1, commandId: 'forged' }),
    envelope({ ...ref, version: 3 }),
  )
  const loop = startLoop({ projector: eventsArchiveProjector, log, db, stream: 'EVENTS' })
  await loop.reached(4)
  log.disconnect()
  await db.updateTable('secumon.checkpoints').set({ hash: null, marks: '[]' }).execute()
  log.reconnect()
  log.append('EVENTS', envelope({ ...ref, version: 4 }))
  await loop.reached(5)
  await loop.stop()
  assert.equal(await counted(loop, 'forked'), 2)
  const rows = await db.selectFrom('secumon.events_archive').select('command_id').orderBy('version').execute()
  assert.deepEqual(
    rows.map((row) => row.command_id),
    ['A-1', 'A-2', 'A-3', 'A-4'],
  )
})
