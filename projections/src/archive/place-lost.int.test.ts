// A log that goes back in time in the very moment between finding the place in it and reading on from there.

import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import { restartableNats, restarting, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { appendAll, archivedAll, archivePlace, assertArchived, testArchiver } from '../testing/archiver.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { frames, testDatabase } from '../testing/recorder.ts'

const db = await testDatabase({ after })

/** The same log; `first` happens before the first consumer begins. */
function before(log: NatsEventLog, first: () => Promise<void>): NatsEventLog {
  let happened: Promise<void> | undefined
  return new Proxy(log, {
    get(target, name) {
      if (name === 'consume')
        return async function* (...[stream, options]: Parameters<NatsEventLog['consume']>) {
          await (happened ??= first())
          yield* target.consume(stream, options)
        }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('what has taken the place of lost messages is archived', async (t) => {
  const scope = { after: (end: () => Promise<void>) => t.after(end) }
  const nats = await restartableNats(scope)
  const log = await testConnection(scope, nats.url)
  const place = archivePlace(await temporaryDirectory(scope))
  const restart = restarting(nats, log)
  const [one, two] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
  const [kept, lost, taken] = [frames(one, 5), frames(one, 4), frames(two, 3)]
  const first = testArchiver({ log, db, place })
  await appendAll(log, kept)
  await restart(() => nats.save())
  await appendAll(log, lost)
  await archivedAll(db, log)
  await first.stop()
  const { promise: filled, resolve: fill } = Promise.withResolvers<void>()
  const rolledBack = before(log, async () => {
    await restart(() => nats.rollBack())
    await appendAll(log, [...taken, ...lost])
    fill()
  })
  const archiver = testArchiver({ log: rolledBack, db, place })
  t.after(() => archiver.stop())
  await filled
  await archivedAll(db, log)
  await assertArchived(place, [...kept, ...lost, ...taken])
  assert.equal(await archiver.counted('rollbacks_total'), 1)
})
