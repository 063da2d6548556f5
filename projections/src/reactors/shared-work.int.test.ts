import { comesTrue } from '@secumon/infra/testing/comes-true'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { testDatabase } from '../testing/recorder.ts'
import { failingParts } from './part-failures.ts'
import { shareWork } from './shared-work.ts'

const database = await testDatabase({ after })
const logger = pino({ level: 'silent' })
const parts = ['work-0', 'work-1', 'work-2', 'work-3']
const TTL_MS = 500
const doing = new Map<number, string>()
const twice: number[] = []

function worker(name: string) {
  const stop = new AbortController()
  const options = { database, group: 'workers', parts, signal: stop.signal, logger, ttlMs: TTL_MS }
  const done = shareWork(options, async (part, { signal }) => {
    if (doing.has(part)) twice.push(part)
    doing.set(part, name)
    await new Promise<void>((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()),
    )
    doing.delete(part)
  })
  return {
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

const shareOf = (name: string): number => [...doing.values()].filter((each) => each === name).length

async function tookMs(what: string, fact: () => boolean): Promise<number> {
  const startMs = performance.now()
  await comesTrue(what, fact)
  return Math.round(performance.now() - startMs)
}

test('one does everything, two do half each, and the last one everything again', async (t) => {
  const first = worker('first')
  await comesTrue('the first does all', () => shareOf('first') === 4)
  const second = worker('second')
  await comesTrue('each does half', () => shareOf('first') === 2 && shareOf('second') === 2)
  await first.stop()
  const handedOverMs = await tookMs('the second does all', () => shareOf('second') === 4)
  await second.stop()
  assert.deepEqual(twice, [])
  t.diagnostic(`handed over in ${handedOverMs} ms, leases last ${TTL_MS} ms`)
})

test('what one did that died, another does when its leases have run out', async (t) => {
  const until = sql`clock_timestamp() + ${TTL_MS} * interval '1 millisecond'`
  await sql`update secumon.leases set holder = 'dead', expires_at = ${until} where name = any(${parts})`.execute(
    database,
  )
  await sql`insert into secumon.leases values ('workers/dead', 'dead', 1, ${until})`.execute(database)
  const survivor = worker('survivor')
  const takenOverMs = await tookMs('the survivor does all', () => shareOf('survivor') === 4)
  await survivor.stop()
  t.diagnostic(`taken over in ${takenOverMs} ms, leases last ${TTL_MS} ms`)
  assert.ok(takenOverMs < 10_000)
})

test('a part that fails again and again is known to everybody, until it is well for a while', async () => {
  const stop = new AbortController()
  const options = {
    database,
    group: 'failing',
    parts: ['bad', 'good'],
    signal: stop.signal,
    logger,
    ttlMs: TTL_MS,
  }
  const done = shareWork(options, async (part, { signal }) => {
    if (part === 0) throw new Error('the row is odd')
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  const failing = async () => (await failingParts(database)).map(({ part, reason }) => `${part}: ${reason}`)
  await comesTrue('it is known', async () => (await failing()).length > 0)
  assert.deepEqual(await failing(), ['bad: the row is odd'])
  stop.abort()
  await done
  await sql`update secumon.part_failures set last_at = last_at - interval '6 minutes'`.execute(database)
  assert.deepEqual(await failing(), [])
})
