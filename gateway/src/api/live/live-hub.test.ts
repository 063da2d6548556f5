import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import {
  liveAlertsSubject,
  liveFleetSubject,
  liveIncidentsSubject,
  liveNotificationsSubject,
} from '@secumon/contracts/subjects'
import { tenantScope } from '@secumon/projections/tenant-scope'
import { pino } from 'pino'
import type { Principal } from '../../auth/principal.ts'
import { Failure } from '../failures.ts'
import { exampleAgent, exampleAlert, exampleIncident, exampleLatest } from '../testing/examples.ts'
import { LiveHub } from './live-hub.ts'

const AGENT = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const PLATFORM = {
  at: 1,
  frames_per_second: 0,
  values_per_second: 0,
  lag_ms: 0,
  archive_lag_ms: 0,
  archive_full: false,
  backlog: 0,
  log_trouble: null,
}

const principal = (tenant: string, id = 'u1', expiresAtMs = Infinity): Principal => ({
  user: { id, tenant, username: id, email: undefined, role: 'user' },
  scope: tenantScope(tenant),
  credential: 'session',
  expiresAtMs,
})

describe('live hub', () => {
  let hub: LiveHub
  let nowMs: number
  let subjects: Map<string, (payload: Uint8Array, subject: string) => void>
  let watching: number
  let broken: boolean

  afterEach(() => mock.timers.reset())
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] })
    nowMs = 0
    watching = 0
    broken = false
    subjects = new Map()
    hub = new LiveHub({
      log: {
        subscribeLive(subject, listener) {
          subjects.set(subject, listener)
          return () => subjects.delete(subject)
        },
      },
      latest: {
        latestOf: async () => exampleLatest,
        watch: () => {
          watching++
          return () => watching--
        },
      },
      platform: { now: () => PLATFORM },
      completeAlerts: async (rows) => [...rows],
      alerting: {
        findIncidents: async ([{ tenant }], ids) => {
          if (broken) throw new Error('the database is away')
          return ids.map((id) => ({ ...exampleIncident(id), group: { tenant } }))
        },
        findNotifications: async () => [],
      },
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      logger: pino({ level: 'silent' }),
    })
  })

  const pass = (ms: number): void => {
    for (let i = 0; i < ms / 1000; i++) {
      nowMs += 1000
      mock.timers.tick(1000)
    }
  }
  const open = (who: Principal, agent?: string, stillGood = async () => true) =>
    hub.open({ principal: who, agent, stillGood })
  const publish = (tenant: string, rows: unknown): void =>
    subjects.get(liveFleetSubject(tenant))?.(Buffer.from(JSON.stringify(rows)), '')

  async function readEvents(stream: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
    const reader = stream.getReader()
    const events: string[] = []
    while (events.length < count) {
      const { value, done } = await reader.read()
      events.push(done ? 'end' : new TextDecoder().decode(value))
      if (done) break
    }
    reader.releaseLock()
    return events
  }

  test('at first: when to come back, the latest of the agent asked for, the platform', async () => {
    const [retry, ...events] = await readEvents(await open(principal('main'), AGENT), 3)
    assert.match(retry ?? '', /^retry/)
    assert.deepEqual(
      new Set(events.map((event) => /event: (\w+)/.exec(event)?.[1])),
      new Set(['agent', 'platform']),
    )
  })

  test('changes of a second come as one event, to their tenant only', async () => {
    const [mine, theirs] = [await open(principal('main')), await open(principal('b', 'u2'))]
    await readEvents(mine, 2)
    await readEvents(theirs, 2)
    for (let i = 0; i < 10; i++) publish('main', [{ ...exampleAgent(AGENT), load_1: i }])
    pass(1000)
    const [event = ''] = await readEvents(mine, 1)
    assert.match(event, /event: fleet/)
    assert.equal(event.match(/"load_1"/g)?.length, 1)
    assert.match(event, /"load_1":9/)
    pass(4000)
    const [other = ''] = await readEvents(theirs, 1)
    assert.match(other, /event: platform/, 'the other tenant hears only of the platform')
  })

  test('alerts are told within a quarter of a second; the platform’s to who runs it', async () => {
    const [mine, theirs] = [await open(principal('main')), await open(principal('b', 'u2'))]
    await readEvents(mine, 2)
    await readEvents(theirs, 2)
    const tell = (tenant: string): void =>
      subjects.get(liveAlertsSubject(tenant))?.(Buffer.from(JSON.stringify([exampleAlert(AGENT)])), '')
    assert.equal(subjects.size, 11)
    for (const tenant of ['main', 'system']) {
      tell(tenant)
      mock.timers.tick(250)
      assert.match((await readEvents(mine, 1))[0] ?? '', /event: alerts\ndata: \[\{"id":"01ARZ/)
    }
    pass(5000)
    assert.match((await readEvents(theirs, 1))[0] ?? '', /event: platform/)
  })

  test('incidents and messages are read when they are told, as soon as they can be', async () => {
    const stream = await open(principal('main'))
    await readEvents(stream, 2)
    const tell = (subject: string, id: string): void =>
      subjects.get(subject)?.(Buffer.from(JSON.stringify([{ id }])), '')
    tell(liveNotificationsSubject('main'), 'GONE')
    tell(liveIncidentsSubject('main'), 'A')
    broken = true
    pass(1000)
    await new Promise((resolve) => setImmediate(resolve))
    broken = false
    tell(liveIncidentsSubject('main'), 'B')
    pass(1000)
    const [event = ''] = await readEvents(stream, 1)
    assert.match(event, /^event: incidents\ndata: \[\{"id":"[AB]".*"tenant":"main".*"id":"[AB]"/)
  })

  test('nonsense on the bus does no harm', async () => {
    const stream = await open(principal('main'))
    await readEvents(stream, 2)
    subjects.get(liveFleetSubject('main'))?.(Buffer.from('{'), '')
    publish('main', [{ id: 1 }])
    publish('main', [exampleAgent(AGENT)])
    pass(1000)
    assert.match((await readEvents(stream, 1))[0] ?? '', /event: fleet/)
  })

  test('it says something every 15 s', async () => {
    const stream = await open(principal('main'))
    await readEvents(stream, 2)
    pass(15_000)
    const events = await readEvents(stream, 3)
    assert.ok(events.some((event) => event.startsWith('event: ping')))
  })

  test('a client that takes nothing is cut off', async () => {
    await open(principal('main'))
    pass(60_000)
    assert.equal(hub.connections, 0)
  })

  test('a stream ends with its credential: when it expires, and when it is withdrawn', async () => {
    let good = true
    const [expiring, withdrawn] = [
      await open(principal('main', 'u1', 20_000)),
      await open(principal('main', 'u2'), undefined, async () => good),
    ]
    const drain = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const _ of stream) void _
    }
    const ends = [drain(expiring), drain(withdrawn)]
    for (let i = 0; i < 3; i++) {
      pass(10_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ends[0]
    assert.equal(hub.connections, 1)
    good = false
    for (let i = 0; i < 6; i++) {
      pass(10_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ends[1]
    assert.equal(hub.connections, 0)
  })

  test('a logout ends the streams of its login at once, and no other', async () => {
    const [gone, other] = [
      await open(principal('main'), undefined, async () => false),
      await open(principal('main')),
    ]
    await open(principal('main', 'u2'), undefined, async () => false)
    await hub.streams.recheck('u1')
    assert.equal((await readEvents(gone, 3)).at(-1), 'end')
    assert.equal(hub.connections, 2)
    await other.cancel()
  })

  test('when the last viewer leaves, nothing is listened to any more', async () => {
    const streams = [await open(principal('main'), AGENT), await open(principal('main', 'u2'))]
    assert.deepEqual([subjects.size, watching], [7, 1])
    for (const stream of streams) await stream.cancel()
    assert.deepEqual([subjects.size, watching, hub.connections], [0, 0, 0])
  })

  test('one user has a bounded number of streams', async () => {
    for (let i = 0; i < 32; i++) await open(principal('main'))
    await assert.rejects(open(principal('main')), (error) => error instanceof Failure && error.status === 429)
    await open(principal('main', 'u2'))
  })

  test('a stop ends every stream, and no new one begins', async () => {
    const stream = await open(principal('main'))
    await readEvents(stream, 2)
    hub.stop()
    assert.deepEqual(await readEvents(stream, 1), ['end'])
    await assert.rejects(open(principal('main')), (error) => error instanceof Failure && error.status === 503)
  })
})
