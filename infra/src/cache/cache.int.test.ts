import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { freePort } from '../embedded/ports.ts'
import { testRedis } from '../testing/servers.ts'
import { CacheUnavailable, type Cache, type CacheBounds } from './cache.ts'
import { memoryCache } from './memory-cache.ts'
import { redisCache } from './redis-cache.ts'

type Document = { readonly at: number; readonly host: Record<string, number> }

const logger = pino({ level: 'silent' })
const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const bounds: CacheBounds = { ttlMs: 60_000, maxEntries: 100 }
const document = (at: number): Document => ({ at, host: { 'cpu.usage_percent': at / 2 } })

const redis = await testRedis({ after })
const adapters: Record<string, (bounds: CacheBounds) => Cache<Document>> = {
  memory: (limits) => memoryCache(clock, limits),
  redis: (limits) => redisCache({ url: redis.url, logger, bounds: limits }),
}

for (const [name, make] of Object.entries(adapters)) {
  test(`${name}: what was written is read, in the order asked for`, async () => {
    const cache = make(bounds)
    await cache.write([
      { tenant: 'main', agent: 'a', latest: document(1) },
      { tenant: 'main', agent: 'b', latest: document(2) },
    ])
    await cache.write([{ tenant: 'main', agent: 'a', latest: document(3) }])
    const keys = ['b', 'nobody', 'a'].map((agent) => ({ tenant: 'main', agent }))
    assert.deepEqual(await cache.read(keys), [document(2), undefined, document(3)])
    await cache.close()
  })

  test(`${name}: one tenant never sees another's`, async () => {
    const cache = make(bounds)
    await cache.write([{ tenant: 'one', agent: 'x', latest: document(1) }])
    assert.deepEqual(await cache.read([{ tenant: 'two', agent: 'x' }]), [undefined])
    await cache.close()
  })

  test(`${name}: nothing asked, nothing written`, async () => {
    const cache = make(bounds)
    await cache.write([])
    assert.deepEqual(await cache.read([]), [])
    await cache.close()
  })

  test(`${name}: an entry is forgotten after its time`, async () => {
    const cache = make({ ...bounds, ttlMs: 30 })
    const key = { tenant: 'main', agent: 'short' }
    await cache.write([{ ...key, latest: document(1) }])
    const deadline = performance.now() + 5_000
    while ((await cache.read([key]))[0] !== undefined) {
      assert.ok(performance.now() < deadline)
      await sleep(5)
    }
    await cache.close()
  })

  test(`${name}: what was read is the reader's own`, async () => {
    const cache = make(bounds)
    const key = { tenant: 'main', agent: 'own' }
    await cache.write([{ ...key, latest: document(1) }])
    const [first] = await cache.read([key])
    if (first) first.host['changed'] = 1
    assert.deepEqual(await cache.read([key]), [document(1)])
    await cache.close()
  })
}

test('memory: the oldest entries make room', async () => {
  const cache = memoryCache<Document>(clock, { ttlMs: 60_000, maxEntries: 2 })
  for (const [at, agent] of ['a', 'b', 'c'].entries())
    await cache.write([{ tenant: 'main', agent, latest: document(at) }])
  const found = await cache.read(['a', 'b', 'c'].map((agent) => ({ tenant: 'main', agent })))
  assert.deepEqual(found, [undefined, document(1), document(2)])
})

test('redis: a server that is not there is told in bounded time', async () => {
  const cache = redisCache<Document>({ url: `redis://127.0.0.1:${await freePort()}`, logger, bounds })
  const startedAt = performance.now()
  await assert.rejects(cache.read([{ tenant: 'main', agent: 'a' }]), CacheUnavailable)
  assert.ok(performance.now() - startedAt < 5_000)
  await cache.close()
})
