import { untyped } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { liveSchema } from '../../live-generation.ts'
import { tenantScope } from '../../tenant-scope.ts'
import { logStoreLaws } from '../../testing/log-store-laws.ts'
import { startLoop, stopLoops } from '../../testing/loop.ts'
import { MemoryLog, type Appended } from '../../testing/memory-log.ts'
import { agentId } from '../../testing/recorded.ts'
import { RecordedLogs } from '../../testing/recorded-logs.ts'
import { testDatabase } from '../../testing/recorder.ts'
import { countFacets } from './facets.ts'
import { LogQueryRefused } from './log-store.ts'
import { postgresLogStore } from './postgres-store.ts'
import { logsProjector } from '../project.ts'

const STREAM = 'LOGS_0'
const HOUR = 3_600_000
after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()
const loop = startLoop({ projector: logsProjector(), log, db, stream: STREAM })
let appended = 0

async function write(...messages: readonly Appended[]): Promise<void> {
  log.append(STREAM, ...messages)
  appended += messages.length
  await loop.reached(appended)
}

const nowMs = (): number => performance.now()
const store = postgresLogStore({ db: untyped(db), nowMs })
logStoreLaws('logs in PostgreSQL', { store, write })

const scope = tenantScope('slow')

test('what is found when time is up is answered, and the rest by who asks on', async () => {
  const now = Date.now()
  const said = Array.from({ length: 100 }, (_, i) => ({
    atMs: now - (i * 10 * HOUR) / 100 - 1,
    message: `${i}`,
  }))
  await write(new RecordedLogs(agentId(60), 'slow').lines({ receivedAtMs: now }, said))
  // Each look at the clock takes a second.
  let clockMs = 0
  const slow = postgresLogStore({ db: untyped(db), nowMs: () => (clockMs += 1_000) })
  const range = { fromMs: now - 10 * HOUR, toMs: now }
  for (const order of ['newest', 'oldest'] as const) {
    const found: string[] = []
    let page = await slow.search(scope, { ...range, order, limit: 1_000 })
    assert.equal(page.partial, true)
    for (; ; page = await slow.search(scope, { ...range, order, limit: 1_000, after: page.next })) {
      found.push(...page.lines.map(({ message }) => message))
      if (!page.next) break
      assert.equal(page.partial, true)
    }
    const wanted = said.map(({ message }) => message)
    assert.deepEqual(found, order === 'newest' ? wanted : wanted.toReversed())
  }
  const { series, times, partial } = await slow.histogram(scope, range, 20)
  const counts = series[0]?.counts ?? []
  assert.deepEqual([partial, series.length, counts[0]], [true, 1, null])
  const firstKnown = counts.findIndex((count) => count !== null)
  const counted = counts.slice(firstKnown)
  assert.equal(
    counted.reduce((sum, count) => (sum ?? 0) + (count ?? Infinity), 0),
    said.filter(({ atMs }) => atMs >= (times[firstKnown] ?? 0)).length,
  )
  const facets = await slow.facets(scope, range)
  assert.equal(facets.partial, true)
  assert.equal(facets.agents[0]?.count, said.filter(({ atMs }) => atMs >= facets.countedFromMs).length)
})

test('a page ends before it is too large, and the rest is had by who asks on', async () => {
  const now = Date.now()
  const large = tenantScope('large')
  const lane = new RecordedLogs(agentId(61), 'large')
  const message = (i: number): string => String(i).padStart(60_000, 'x')
  for (let from = 0; from < 150; from += 50)
    await write(
      lane.lines(
        { receivedAtMs: now },
        Array.from({ length: 50 }, (_, i) => ({ atMs: now - 1_000 + from + i, message: message(from + i) })),
      ),
    )
  const search = { fromMs: now - HOUR, toMs: now, order: 'oldest', limit: 1_000 } as const
  const first = await store.search(large, search)
  assert.deepEqual([first.lines.length, first.partial], [140, false])
  assert.ok(first.next)
  const rest = await store.search(large, { ...search, after: first.next })
  assert.deepEqual([rest.lines.length, rest.next], [10, undefined])
  assert.ok([...first.lines, ...rest.lines].every((line, i) => line.message === message(i)))
})

test('of more values than can be held the largest are told, and that there are more', async () => {
  const now = Date.now()
  const many = tenantScope('many')
  const said = Array.from({ length: 20 }, (_, i) => ({
    atMs: now - 1 - (i % 2),
    message: '',
    unit: `${i >> (i % 3)}`,
  }))
  await write(new RecordedLogs(agentId(62), 'many').lines({ receivedAtMs: now }, said))
  const filter = { fromMs: now - HOUR, toMs: now }
  const whole = await store.facets(many, filter)
  const options = { db: untyped(db), nowMs }
  const enough = await countFacets(options, { scope: many, filter, mostValues: whole.units.length })
  assert.deepEqual([enough, enough.partial], [whole, false])
  const cut = await countFacets(options, { scope: many, filter, mostValues: 3 })
  assert.deepEqual([cut.partial, cut.agents, cut.units.length], [true, whole.agents, 3])
  const counts = (facet: typeof cut.units): number[] => facet.map(({ count }) => count)
  assert.deepEqual(counts(cut.units), counts(whole.units).slice(0, 3))
})

test('a question that takes too long is given up, and says what to do', async () => {
  const impatient = postgresLogStore({ db: untyped(db), nowMs, withinMs: 300 })
  const search = { fromMs: Date.now() - HOUR, toMs: Date.now(), order: 'newest', limit: 10 } as const
  const schema = await liveSchema(db, 'logs')
  await db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(`${schema}.logs`)} in access exclusive mode`.execute(tx)
    await assert.rejects(
      impatient.search(scope, search),
      (error) => error instanceof LogQueryRefused && error.refusal === 'slow' && /narrow/.test(error.message),
    )
  })
  assert.equal((await impatient.search(scope, search)).partial, false)
})
