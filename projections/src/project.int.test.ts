import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'

import { counted, startLoop, stopLoops } from './testing/loop.ts'
import { MemoryLog } from './testing/memory-log.ts'
import { agentId, envelope, RecordedLane, tick } from './testing/recorded.ts'
import { frames, recorder, seenBy, sequences, STREAM, T0, testDatabase } from './testing/recorder.ts'

after(stopLoops)
const db = await testDatabase({ after })
let name = ''
let log = new MemoryLog()
beforeEach(({ name: title }) => {
  name = title.replaceAll(/[^a-z]+/gi, '-').slice(0, 60)
  log = new MemoryLog()
})

describe('a loop', () => {
  test('takes what is there and what comes, in order', async () => {
    const lane = new RecordedLane(agentId(1))
    log.append(STREAM, ...frames(lane, 5))
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(5)
    log.append(STREAM, tick(T0), ...frames(lane, 3))
    await loop.reached(9)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 8))
    assert.equal(await counted(loop, 'holes'), 0)
  })

  test('goes on after its checkpoint when it is started again', async () => {
    const lane = new RecordedLane(agentId(1))
    for (const count of [4, 3, 2]) {
      log.append(STREAM, ...frames(lane, count))
      const loop = startLoop({ projector: recorder(name), log, db })
      await loop.reached(lane.sequence)
      await loop.stop()
    }
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 9))
  })

  test('goes on when what it had not read was purged, and tells the hole', async () => {
    const lane = new RecordedLane(agentId(1))
    log.append(STREAM, ...frames(lane, 2))
    const first = startLoop({ projector: recorder(name), log, db })
    await first.reached(2)
    await first.stop()
    log.append(STREAM, ...frames(lane, 4))
    log.purge(STREAM, 4)
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(6)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), [...sequences(lane, 1, 2), ...sequences(lane, 5, 6)])
    assert.equal(await counted(loop, 'holes'), 1)
  })

  test('skips records it has seen, counts holes once and takes gaps and new epochs without complaint', async () => {
    const lane = new RecordedLane(agentId(1))
    const first = frames(lane, 3)
    log.append(STREAM, ...first, ...first)
    log.append(
      STREAM,
      lane.gap(
        { receivedAtMs: T0 },
        { first: 4, last: 6, hashOfLast: new Uint8Array(32), reason: 1, atMs: T0 },
      ),
    )
    log.append(STREAM, ...frames(lane, 1))
    lane.lose(2)
    log.append(STREAM, ...frames(lane, 1))
    lane.startEpoch()
    log.append(STREAM, ...frames(lane, 2))
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(11)
    await loop.stop()
    assert.deepEqual(
      (await seenBy(db, name)).map(([, sequence]) => sequence),
      [1, 2, 3, 7, 10, 1, 2],
    )
    const holes = await db
      .selectFrom('secumon.platform_holes')
      .selectAll()
      .where('projection', '=', name)
      .execute()
    assert.deepEqual(
      holes.map(({ expected, found }) => [expected, found]),
      [['after epoch 1 sequence 7', 'epoch 1 sequence 10']],
    )
  })
})

describe('a loop over EVENTS', () => {
  test('takes each version once, tells forks and holes', async () => {
    const taken: string[] = []
    const projector = recorder(name, {
      feeds: ['events'],
      async project(batch) {
        for (const fact of batch)
          if (fact.kind === 'envelope')
            taken.push(`${fact.id} ${fact.envelope.version} ${fact.envelope.commandId}`)
        return undefined
      },
    })
    const at = (version: number, commandId?: string) =>
      envelope({ aggregate: 'agent', id: 'A', version, ...(commandId && { commandId }) })
    log.append('EVENTS', at(1), at(2), at(2), at(2, 'other'), at(3), at(5), at(1))
    const loop = startLoop({ projector, log, db, stream: 'EVENTS' })
    await loop.reached(7)
    log.append('EVENTS', at(5), at(6))
    await loop.reached(9)
    await loop.stop()
    assert.deepEqual(taken, ['A 1 A-1', 'A 2 A-2', 'A 3 A-3', 'A 5 A-5', 'A 6 A-6'])
    assert.equal(await counted(loop, 'forked'), 1)
    assert.equal(await counted(loop, 'holes'), 1)
    assert.equal(await counted(loop, 'seen'), 3)
  })
})
