import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { sealFrame } from '@secumon/contracts/frame'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { HostSampleSchema, ObservationSchema } from '@secumon/contracts/gen/observation'
import { RECEIVED_AT } from '@secumon/contracts/headers'
import { generateSigningKey } from '@secumon/contracts/signing'
import { laneSubject } from '@secumon/contracts/subjects'
import { testClock, testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { testDatabase } from '@secumon/infra/testing/database'
import { pino } from 'pino'
import { watchPlatform } from './platform-state.ts'

const AGENT = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const STREAM = 'TELEMETRY_0'

test('the platform’s state tells rate, values, backlog and lag of what the log and the checkpoints say', async (t) => {
  const scope = { after: (cleanUp: () => Promise<void>) => t.after(cleanUp) }
  const [db, log] = await Promise.all([testDatabase(scope), testEventLog(scope)])
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const state = watchPlatform({
    db,
    log,
    shards: 1,
    clock: testClock,
    logger: pino({ level: 'silent' }),
    signal: stopping.signal,
    everyMs: 100,
  })
  const now = Date.now()
  const projection = { projection: 'samples', version: 1 }
  await db
    .insertInto('secumon.projection_live')
    .values({ ...projection, schema: 'samples_1' })
    .execute()
  await db
    .insertInto('secumon.checkpoints')
    .values({
      ...projection,
      stream: STREAM,
      position: 5,
      hash: null,
      fence: 1,
      marks: '[]',
      committed_at: new Date(now + 40),
    })
    .execute()

  const host = create(HostSampleSchema, {
    cpuUsagePercent: 1,
    cpuCoreBusyPercent: [1, 2],
    memoryTotalBytes: 5,
  })
  const observation = create(ObservationSchema, { host, intervalMs: 1000 })
  const chain = { tenant: 'main', agent: AGENT, epoch: 1, lane: 'telemetry' } as const
  const key = generateSigningKey()
  const head = { sequence: 0, hash: new Uint8Array(32) }
  const { bytes, signature } = sealFrame(chain, head, { sentAtMs: now, observations: [observation] }, key)
  const record = create(LaneRecordSchema, { record: { case: 'frame', value: { frame: bytes, signature } } })
  const subject = laneSubject({ lane: 'telemetry', shard: 0, tenant: 'main', agent: AGENT })
  const payload = toBinary(LaneRecordSchema, record)
  let appended = 0
  const seen = { rate: 0, values: 0 }
  for (const untilMs = Date.now() + 15_000; seen.values === 0 || appended < 20;) {
    assert.ok(Date.now() < untilMs, JSON.stringify(state.now()))
    await log.append(subject, payload, { headers: { [RECEIVED_AT]: String(now) } })
    appended++
    await delay(10)
    const { frames_per_second, values_per_second } = state.now()
    if (frames_per_second > 0) Object.assign(seen, { rate: frames_per_second, values: values_per_second })
  }
  assert.ok(Math.abs(seen.values / seen.rate - 4) < 0.01, 'four values a frame: two numbers and two cores')
  await comesTrue('the backlog is told', () => state.now().backlog === appended - 5)
  assert.equal(state.now().lag_ms, 40)
  await comesTrue('what is not archived is told', () => state.now().archive_lag_ms > 0)
  const archive = { projection: 'archive', version: 1, stream: STREAM, hash: null, fence: 1, marks: '[]' }
  await db
    .insertInto('secumon.checkpoints')
    .values({ ...archive, position: appended })
    .execute()
  await db.insertInto('secumon.archive_progress').values({ flush: 1, full_since: new Date() }).execute()
  await comesTrue('then all is, and there is no room for more', () => {
    const { archive_lag_ms, archive_full } = state.now()
    return archive_lag_ms === 0 && archive_full
  })
  assert.equal(state.now().log_trouble, null)
})
