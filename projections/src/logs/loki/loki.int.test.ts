import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { tenantScope } from '../../tenant-scope.ts'
import { logStoreLaws } from '../../testing/log-store-laws.ts'
import { startLoop, stopLoops } from '../../testing/loop.ts'
import { MemoryLog, type Appended } from '../../testing/memory-log.ts'
import { agentId } from '../../testing/recorded.ts'
import { RecordedLogs } from '../../testing/recorded-logs.ts'
import { testDatabase } from '../../testing/recorder.ts'
import { strictLoki } from '../../testing/strict-loki.ts'
import { LogQueryRefused } from '../queries/log-store.ts'
import { lokiClient } from './loki-client.ts'
import { lokiLogStore } from './loki-store.ts'
import { lokiProjector } from './project.ts'

const STREAM = 'LOGS_0'
const HOUR = 3_600_000
after(stopLoops)
const [db, loki] = await Promise.all([testDatabase({ after }), strictLoki({ after })])
const ask = lokiClient({ url: `${loki.url}/`, user: 'us', password: 'secret' })
const warnings: string[] = []
const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) })
const log = new MemoryLog()
const projector = () => lokiProjector({ ask, logger, pauseMs: 5, patienceMs: 1_000 })
const loop = startLoop({ projector: projector(), log, db, stream: STREAM })
let appended = 0

async function write(...messages: readonly Appended[]): Promise<void> {
  log.append(STREAM, ...messages)
  appended += messages.length
  await loop.reached(appended)
}

const nowMs = (): number => performance.now()
const store = lokiLogStore({ ask, nowMs })
logStoreLaws('logs in Loki', { store, write })

const scope = tenantScope('trouble')
const now = Date.now()
const range = { fromMs: now - 30 * HOUR, toMs: now + HOUR }
const arrival = { receivedAtMs: now }
const found = async () =>
  (await store.search(scope, { ...range, order: 'oldest', limit: 1_000 })).lines.map(({ message }) => message)

test('what Loki cannot take now is sent again, and taken once', async () => {
  const lane = new RecordedLogs(agentId(9000), 'trouble')
  loki.faults.push({ status: 429, retryAfterS: 0 }, { status: 500 }, { status: 503 })
  const same = { atMs: now, message: 'the same' }
  const frame = lane.lines(arrival, [same, same, { atMs: now + 1, message: 'another' }])
  await write(frame)
  assert.deepEqual(await found(), ['the same', 'the same', 'another'])
  // Another projection sends all of it again, as after a crash between sending and checkpoint.
  const again = new MemoryLog()
  again.append(STREAM, frame)
  const second = startLoop({
    projector: { ...projector(), name: 'logs-again' },
    log: again,
    db,
    stream: STREAM,
  })
  await second.reached(1)
  await second.stop()
  assert.deepEqual(await found(), ['the same', 'the same', 'another'])
  assert.equal(loki.authorization, `Basic ${Buffer.from('us:secret').toString('base64')}`)
})

test('a Loki that is away for longer holds everything up, and loses nothing', async () => {
  const lane = new RecordedLogs(agentId(9001), 'trouble')
  const before = await found()
  loki.faults.push(...Array.from({ length: 30 }, () => ({ status: 503 })))
  await write(lane.lines(arrival, [{ atMs: now + 2, message: 'patient' }]))
  assert.equal(loki.faults.length, 0)
  assert.deepEqual(await found(), [...before, 'patient'])
})

test('what is too old for Loki is left aside and told; what comes with it is taken', async () => {
  const lane = new RecordedLogs(agentId(9002), 'trouble')
  const before = await found()
  loki.oldestNs = BigInt(now) * 1_000_000n
  await write(
    lane.lines(arrival, [
      { atMs: now - HOUR, message: 'too old' },
      { atMs: now - HOUR, message: 'too old too' },
      { atMs: now + 3, message: 'young' },
    ]),
  )
  loki.oldestNs = 0n
  assert.deepEqual(await found(), [...before, 'young'])
  assert.match(warnings.at(-1) ?? '', /"tenant":"trouble","lines":2,/)
})

test('a line that Loki will never take is left aside alone, whatever comes with it', async () => {
  const lane = new RecordedLogs(agentId(9003), 'trouble')
  const before = await found()
  loki.maxLine = 1_000
  const said = Array.from({ length: 40 }, (_, i) => ({
    atMs: now + 10 + i,
    message: i % 13 === 5 ? 'x'.repeat(1_001) : `line ${i}`,
    severity: i % 3,
  }))
  await write(lane.lines(arrival, said))
  loki.maxLine = Infinity
  const taken = said.map(({ message }) => message).filter((message) => message.length < 1_000)
  assert.deepEqual(await found(), [...before, ...taken])
  assert.match(warnings.at(-1) ?? '', /"tenant":"trouble","lines":3,"why":"Max entry size/)
})

test('streams that Loki does not take any more hold up nothing, and are counted', async () => {
  const lane = new RecordedLogs(agentId(9004), 'trouble')
  const before = await found()
  await write(lane.lines(arrival, [{ atMs: now + 60, message: 'known', source: 'a' }]))
  loki.maxStreams = loki.streamsOf('trouble').length
  const said = ['b', 'a', 'c', 'b', 'd'].map((source, i) => ({ atMs: now + 61 + i, message: source, source }))
  await write(lane.lines(arrival, said))
  loki.maxStreams = Infinity
  await write(lane.lines(arrival, [{ atMs: now + 70, message: 'new', source: 'e' }]))
  assert.deepEqual(await found(), [...before, 'known', 'a', 'new'])
  assert.match(warnings.at(-1) ?? '', /"tenant":"trouble","lines":4,"why":"Maximum active stream/)
})

test('what is more than Loki takes at once is sent in smaller parts, and all of it is taken', async () => {
  const lane = new RecordedLogs(agentId(9005), 'trouble')
  const before = await found()
  const told = warnings.length
  loki.maxRequest = 2_000
  const said = Array.from({ length: 30 }, (_, i) => ({
    atMs: now + 80 + i,
    message: `${i} ${'y'.repeat(100)}`,
  }))
  await write(lane.lines(arrival, said))
  loki.maxRequest = Infinity
  assert.deepEqual(await found(), [...before, ...said.map(({ message }) => message)])
  assert.equal(warnings.length, told)
})

test('a store that is away, slow or another says so', async () => {
  const search = { ...range, order: 'newest', limit: 10 } as const
  const refusal = (wanted: string) => (error: unknown) =>
    error instanceof LogQueryRefused && error.refusal === wanted
  loki.faults.push({ status: 500, body: 'ring is empty' })
  await assert.rejects(store.search(scope, search), refusal('away'))
  loki.faults.push({ status: 200, body: '{"hello":1}' })
  await assert.rejects(store.search(scope, search), refusal('away'))
  const nowhere = lokiLogStore({ ask: lokiClient({ url: 'http://127.0.0.1:9' }), nowMs })
  await assert.rejects(nowhere.search(scope, search), refusal('away'))
})

test('tenants are one tenant of Loki where it is told so, and apart all the same', async () => {
  const shared = lokiLogStore({ ask: lokiClient({ url: loki.url, tenant: 'trouble', token: 't' }), nowMs })
  const { lines } = await shared.search(tenantScope('elsewhere'), { ...range, order: 'newest', limit: 10 })
  assert.deepEqual(lines, [])
  assert.ok((await shared.search(scope, { ...range, order: 'newest', limit: 10 })).lines.length > 0)
  assert.equal(loki.authorization, 'Bearer t')
})
