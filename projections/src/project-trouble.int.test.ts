import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { listDeadLetters, retryDeadLetters } from './dead-letters.ts'
import { SinkUnavailable } from './failure.ts'
import { counted, startLoop, stopLoops } from './testing/loop.ts'
import { MemoryLog } from './testing/memory-log.ts'
import { agentId, RecordedLane } from './testing/recorded.ts'
import {
  frames,
  insertSeen,
  POISON_PERIOD,
  recorder,
  seenBy,
  sequences,
  STREAM,
  T0,
  testDatabase,
} from './testing/recorder.ts'

after(stopLoops)
const db = await testDatabase({ after })
let name = ''
let log = new MemoryLog()
beforeEach(({ name: title }) => {
  name = title.replaceAll(/[^a-z]+/gi, '-').slice(0, 60)
  log = new MemoryLog()
})

describe('a message that cannot be taken', () => {
  test('becomes the one dead letter of its batch; all others are applied', async () => {
    const [good, bad] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
    log.append(
      STREAM,
      ...frames(good, 20),
      ...frames(bad, 1, POISON_PERIOD),
      ...frames(good, 20),
      ...frames(bad, 2),
    )
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(43)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), [...sequences(good, 1, 40), ...sequences(bad, 2, 3)])
    const letters = await listDeadLetters(db, { projection: name, limit: 10 })
    assert.deepEqual(
      letters.map(({ position, error }) => [position, error]),
      [[21, 'error: division by zero']],
    )
    assert.equal(await counted(loop, 'holes'), 0)
  })

  test('can be tried again once the projector is mended', async () => {
    const lane = new RecordedLane(agentId(1))
    log.append(STREAM, ...frames(lane, 1, POISON_PERIOD))
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(1)
    await loop.stop()
    const options = { generation: { generation: 1, schema: 'secumon' }, nowMs: Date.now() }
    assert.deepEqual(await retryDeadLetters(db, recorder(name), options), { applied: 0, failed: 1 })
    const mended = recorder(name, {
      async project(batch, tx) {
        assert.deepEqual(
          batch.map((fact) => fact.kind === 'frame' && fact.receivedAtMs),
          [T0],
        )
        await sql`insert into public.seen (projection, agent, sequence) values (${name}, 'mended', 1)`.execute(
          tx,
        )
        return undefined
      },
    })
    assert.deepEqual(await retryDeadLetters(db, mended, options), { applied: 1, failed: 0 })
    assert.deepEqual(await seenBy(db, name), [['mended', 1]])
    assert.deepEqual(await listDeadLetters(db, { projection: mended.name, limit: 10 }), [])
  })

  test('is found at once when it is not what its subject promises', async () => {
    const lane = new RecordedLane(agentId(1))
    const [first] = frames(lane, 1)
    assert.ok(first)
    const stranger = { ...first, subject: `telemetry.0.main.${agentId(9)}` }
    const garbage = { ...first, payload: Buffer.from('\xff garbage \0', 'latin1') }
    log.append(STREAM, { ...first, headers: {} }, stranger, garbage, first)
    const loop = startLoop({ projector: recorder(name), log, db })
    await loop.reached(4)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 1))
    assert.equal(await counted(loop, 'dead_letters'), 3)
    assert.equal(await counted(loop, 'batches'), 1)
  })
})

describe('trouble', () => {
  test('a connection killed mid-batch loses nothing and blames nobody', async () => {
    const lane = new RecordedLane(agentId(1))
    let killed = false
    const projector = recorder(name, {
      async project(batch, tx) {
        await insertSeen(name, batch, tx)
        if (!killed) {
          killed = true
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
          await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db)
        }
        return undefined
      },
    })
    log.append(STREAM, ...frames(lane, 10))
    const loop = startLoop({ projector, log, db })
    await loop.reached(10)
    await loop.stop()
    assert.ok(killed)
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 10))
    assert.equal(await counted(loop, 'dead_letters'), 0)
  })

  test('a sink that is away is waited for', async () => {
    const lane = new RecordedLane(agentId(1))
    let attempts = 0
    const projector = recorder(name, {
      sink: 'idempotent',
      async project(batch, tx) {
        if (++attempts < 3) throw new SinkUnavailable('not now')
        await insertSeen(name, batch, tx)
        return undefined
      },
    })
    log.append(STREAM, ...frames(lane, 3))
    const loop = startLoop({ projector, log, db })
    await loop.reached(3)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 3))
    assert.equal(await counted(loop, 'dead_letters'), 0)
  })

  test('a log that was rolled back is read again from a mark, and nothing is applied twice or lost', async () => {
    const [a, b] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
    const original = frames(a, 10)
    log.append(STREAM, ...original)
    const loop = startLoop({ projector: recorder(name), log, db, limits: { maxMessages: 2 } })
    await loop.reached(10)
    log.disconnect()
    log.rollBack(STREAM, 4)
    log.append(STREAM, ...frames(b, 3), ...original.slice(4), ...frames(a, 2))
    log.reconnect()
    await loop.reached(15)
    await loop.stop()
    const rows = await seenBy(db, name)
    assert.deepEqual(
      rows.filter(([agent]) => agent === a.agent),
      sequences(a, 1, 12),
    )
    assert.deepEqual(
      rows.filter(([agent]) => agent === b.agent),
      sequences(b, 1, 3),
    )
    assert.equal(await counted(loop, 'rollbacks'), 1)
    assert.equal(await counted(loop, 'holes'), 0)
  })

  test('two instances race: one works, the other takes over, each record is applied once', async () => {
    const lane = new RecordedLane(agentId(1))
    const projector = recorder(name)
    const [one, two] = [startLoop({ projector, log, db }), startLoop({ projector, log, db })]
    log.append(STREAM, ...frames(lane, 50))
    await Promise.race([one.reached(50), two.reached(50)])
    const [worker, standby] = (one.progress?.position ?? 0) >= 50 ? [one, two] : [two, one]
    await worker.stop()
    log.append(STREAM, ...frames(lane, 50))
    await standby.reached(100)
    await standby.stop()
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 100))
  })

  test('an instance whose lock was lost unnoticed cannot commit', async () => {
    const lane = new RecordedLane(agentId(1))
    const projector = recorder(name)
    log.append(STREAM, ...frames(lane, 1))
    const loop = startLoop({ projector, log, db })
    await loop.reached(1)
    await sql`update secumon.checkpoints set fence = fence + 1 where projection = ${projector.name}`.execute(
      db,
    )
    log.append(STREAM, ...frames(lane, 1))
    await loop.reached(2)
    await loop.stop()
    assert.deepEqual(await seenBy(db, name), sequences(lane, 1, 2))
    assert.equal(await counted(loop, 'failures'), 1)
  })
})
