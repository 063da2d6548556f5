import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { AgentRegisteredSchema } from '@secumon/contracts/gen/agent'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { sql } from 'kysely'
import { pino } from 'pino'
import { agentsProjector } from '../agents/project.ts'
import { checkpointsOf } from '../checkpoints.ts'
import { generationsOf } from '../generations.ts'
import { liveSchema } from '../live-generation.ts'
import { samplesProjector } from '../samples/project.ts'
import { observation } from '../samples/samples.fixture.ts'
import { appendAll, archivedAll, archivePlace, eventually, testArchiver } from '../testing/archiver.ts'
import { startLoop, stopLoops, systemClock, type RunningLoop } from '../testing/loop.ts'
import type { Appended } from '../testing/memory-log.ts'
import { agentId, envelope, RecordedLane, tick } from '../testing/recorded.ts'
import { STREAM, testDatabase } from '../testing/recorder.ts'
import { NothingToUndo } from './begin.ts'
import { cancel, dropRetired, listRebuilds, steer } from './control.ts'
import { rebuild, type RebuildOptions } from './rebuild.ts'
import { RebuildCancelled } from './steering.ts'
import { verify } from './verify.ts'

after(stopLoops)
const db = await testDatabase({ after })
const log = await testEventLog({ after })
const place = archivePlace(await temporaryDirectory({ after }))
const archive = openArchiveReader({ ...place, store: directoryStore(place.directory) })
const START = Date.now() - 3_600_000

const projectors = { samples: samplesProjector, agents: agentsProjector }
const streams = { samples: [STREAM], agents: ['EVENTS', STREAM] }
type Name = keyof typeof projectors

const sources = (name: Name) => ({
  projector: projectors[name](),
  streams: streams[name],
  log,
  archive,
  db,
  clock: systemClock,
  logger: pino({ level: 'silent' }),
})

const run = (name: Name, more: Partial<RebuildOptions> = {}) =>
  rebuild({ ...sources(name), purpose: 'rebuild', signal: new AbortController().signal, ...more })

const check = (name: Name) => verify({ ...sources(name), signal: new AbortController().signal })

const live = async (name: Name) => (await generationsOf(db, name)).find(({ state }) => state === 'live')

const lanes = [1, 2, 3].map((number) => new RecordedLane(agentId(number)))
let minutes = 0

/** A minute of all agents, registered at the first. */
function minute(): Appended[] {
  const atMs = START + minutes++ * 60_000
  const registrations = minutes > 1 ? [] : lanes.map(({ agent }, i) => registered(agent, `web-${i}`))
  return [
    ...registrations,
    ...lanes.map((lane, i) => lane.frame({ receivedAtMs: atMs + 40 }, observation(atMs, i + minutes))),
    tick(atMs),
  ]
}

const registered = (id: string, name: string): Appended => {
  const value = create(AgentRegisteredSchema, { name, tags: ['eu'] })
  return envelope({
    aggregate: 'agent',
    id,
    version: 1,
    events: [{ event: { case: 'agentRegistered', value } }],
  })
}

async function append(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await appendAll(log, minute())
}

const loops: RunningLoop[] = []
async function liveHasAll(): Promise<void> {
  await eventually('live generations have all', async () => {
    for (const name of ['samples', 'agents'] as const) {
      const generation = await live(name)
      const standing = generation ? await checkpointsOf(db, generation) : []
      for (const stream of streams[name]) {
        const { last } = await log.bounds(stream)
        if ((standing.find((at) => at.stream === stream)?.position ?? 0) < last) return false
      }
    }
    return true
  })
}

async function rowsOf(table: string, schema: string): Promise<unknown[]> {
  return (await sql`select * from ${sql.table(`${schema}.${table}`)} r order by r`.execute(db)).rows
}

/** Of each part, on a machine that is busy. */
const BOUND = { timeout: 30_000 }

test('rebuild, undo and verify on a log that goes on', async (t) => {
  await append(20)
  const archiver = testArchiver({ log, db, place })
  for (const name of ['samples', 'agents'] as const)
    for (const stream of streams[name])
      loops.push(startLoop({ projector: projectors[name](), log, db, stream }))
  await liveHasAll()
  await archivedAll(db, log)

  await t.test('what was built again is what there was, and verify says so', BOUND, async () => {
    for (const name of ['samples', 'agents'] as const) {
      const { tables, shortened } = await check(name)
      assert.equal(shortened, 0)
      assert.ok(tables.every(({ rows }) => rows > 0))
      assert.deepEqual(
        tables.filter(({ onlyLive, onlyShadow }) => onlyLive + onlyShadow > 0),
        [],
      )
    }
  })

  await t.test('verify finds a row that was changed by hand, and drops its shadow', BOUND, async () => {
    const schema = await liveSchema(db, 'samples')
    const target = sql.table(`${schema}.metrics`)
    await sql`update ${target} set cpu_usage_percent = 99 where (tableoid, ctid) = (select tableoid, ctid from ${target} order by time limit 1)`.execute(
      db,
    )
    const { tables } = await check('samples')
    const wrong = tables.filter(({ onlyLive, onlyShadow }) => onlyLive + onlyShadow > 0)
    assert.deepEqual(
      wrong.map(({ table, onlyLive, onlyShadow }) => [table, onlyLive, onlyShadow]),
      [['metrics', 1, 1]],
    )
    assert.deepEqual(
      wrong[0]?.first.map(({ side, row }) => [side, row['cpu_usage_percent'] === 99]),
      [
        ['live', true],
        ['shadow', false],
      ],
    )
    assert.deepEqual(
      (await generationsOf(db, 'samples')).map(({ state }) => state),
      ['live'],
    )
  })

  await t.test(
    'a rebuild under load takes the place of the live one, which goes on until then',
    BOUND,
    async () => {
      const rebuilding = new AbortController()
      const load = (async () => {
        // Not for ever: on a slow machine nobody catches up with a log that grows as fast as it can.
        for (let i = 0; i < 200 && !rebuilding.signal.aborted; i++) await append(1)
      })()
      try {
        for (const name of ['samples', 'agents'] as const) {
          const { generation, retired } = await run(name)
          assert.equal((await live(name))?.generation, generation.generation)
          assert.equal(retired.state, 'retired')
        }
      } finally {
        rebuilding.abort()
        await load
      }
      await liveHasAll()
      assert.equal((await rowsOf('metrics', await liveSchema(db, 'samples'))).length, minutes * lanes.length)
      assert.ok(
        (await check('samples')).tables.every(({ onlyLive, onlyShadow }) => onlyLive + onlyShadow === 0),
      )
    },
  )

  await t.test('the old one comes back with what came meanwhile, and can be dropped', BOUND, async () => {
    const before = await live('samples')
    await append(5)
    await liveHasAll()
    const wanted = await rowsOf('network_metrics', await liveSchema(db, 'samples'))
    const { generation, retired } = await run('samples', { purpose: 'undo' })
    assert.equal(generation.generation, 1)
    assert.equal(retired.generation, before?.generation)
    assert.deepEqual(await rowsOf('network_metrics', generation.schema), wanted)
    assert.deepEqual(
      (await dropRetired(db, 'samples')).map((dropped) => dropped.generation),
      [before?.generation],
    )
    await append(2)
    await liveHasAll()
  })

  await t.test(
    'interrupted anywhere it goes on where it was; nothing is lost or doubled',
    BOUND,
    async () => {
      for (const after of [1, 2, 4]) {
        const stop = new AbortController()
        let told = 0
        const options = { signal: stop.signal, limits: { maxMessages: 10, maxBytes: 1e6 } }
        const onProgress = () => void (++told >= after && stop.abort())
        await assert.rejects(run('samples', { ...options, onProgress }))
      }
      await assert.rejects(run('samples', { purpose: 'undo' }), NothingToUndo)
      let begun = true
      const { generation } = await run('samples', { onBegin: (_, isNew) => (begun = isNew) })
      assert.equal(begun, false)
      await liveHasAll()
      assert.equal((await rowsOf('metrics', generation.schema)).length, minutes * lanes.length)
    },
  )

  await t.test('it pauses, goes on and is cancelled from elsewhere', BOUND, async () => {
    const { promise: paused, resolve } = Promise.withResolvers<void>()
    const limits = { maxMessages: 10, maxBytes: 1e6 }
    const running = run('agents', {
      limits,
      rate: 20,
      onProgress: (progress) => progress.paused && resolve(),
    })
    running.catch(() => undefined)
    await eventually('it is told of', async () => steer(db, 'agents', { wanted: 'pause' }))
    await paused
    const [row] = await listRebuilds(db)
    assert.equal(row?.wanted, 'pause')
    assert.ok(await cancel(db, 'agents'))
    await assert.rejects(running, RebuildCancelled)
    const isBuilding = async () =>
      (await generationsOf(db, 'agents')).some(({ state }) => state === 'building')
    assert.equal(await isBuilding(), false)

    const stop = new AbortController()
    await assert.rejects(run('agents', { limits, signal: stop.signal, onProgress: () => stop.abort() }))
    assert.equal(await isBuilding(), true)
    assert.ok(await cancel(db, 'agents'), 'also what nobody works on')
    assert.equal(await isBuilding(), false)
  })

  await archiver.stop()
  await Promise.all(loops.map((loop) => loop.stop()))
})
