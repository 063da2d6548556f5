import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { silentLogger } from '../eventlog/test-event-log.ts'
import { withLease, type Lease } from './lease.ts'
import { testDatabase } from './test-database.ts'

const database = await testDatabase({ after })
const signal = AbortSignal.timeout(30_000)
const options = (name: string, ttlMs = 600) => ({ database, name, ttlMs, signal, logger: silentLogger })
const untilLost = ({ signal: lost }: Lease) =>
  new Promise<void>((resolve) => (lost.aborted ? resolve() : lost.addEventListener('abort', () => resolve())))

test('one holder at a time, and each has a higher fence', async () => {
  let holders = 0
  const fences: number[] = []
  const work = async ({ fence }: Lease) => {
    assert.equal(++holders, 1)
    fences.push(fence)
    await sql`select pg_sleep(0.05)`.execute(database)
    holders--
  }
  await Promise.all([1, 2, 3].map(() => withLease(options('one'), work)))
  assert.deepEqual(fences, [1, 2, 3])
})

test('a holder renews for as long as it works', async () => {
  await withLease(options('long', 300), async (lease) => {
    await sql`select pg_sleep(1)`.execute(database)
    assert.equal(lease.signal.aborted, false)
  })
})

test('a holder whose row was taken is told', async () => {
  await withLease(options('stolen'), async (lease) => {
    await sql`update secumon.leases set holder = 'thief', fence = fence + 1 where name = 'stolen'`.execute(
      database,
    )
    await untilLost(lease)
    const { rows } = await sql<{
      holder: string
    }>`select holder from secumon.leases where name = 'stolen'`.execute(database)
    assert.equal(rows[0]?.holder, 'thief')
  })
})

test('the lease of a holder that died passes on when its time is over', async () => {
  await sql`insert into secumon.leases values ('dead', 'nobody', 7, clock_timestamp() + interval '300 ms')`.execute(
    database,
  )
  assert.equal(await withLease(options('dead'), async ({ fence }) => fence), 8)
})

test('a failing work gives the lease back and its error on', async () => {
  await assert.rejects(
    withLease(options('failing', 60_000), async () => {
      throw new Error('broken')
    }),
    /broken/,
  )
  assert.equal(await withLease(options('failing'), async ({ fence }) => fence), 2)
})

test('a signal ends the waiting', async () => {
  const stop = new AbortController()
  await withLease(options('busy'), async () => {
    const waiting = withLease({ ...options('busy'), signal: stop.signal }, async () => 'ran')
    stop.abort()
    assert.equal(await waiting, undefined)
  })
})
