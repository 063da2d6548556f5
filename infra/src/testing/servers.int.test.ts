import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import pg from 'pg'
import { testNats, testPostgres, testRedis } from './servers.ts'

const scope = { after }

test('the servers of the tests are real and answer', async () => {
  const [nats, postgres, redis] = await Promise.all([testNats(scope), testPostgres(scope), testRedis(scope)])
  const connection = await connect({ servers: nats.url })
  assert.equal(connection.info?.jetstream, true)
  await connection.close()
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const { rows } = await client.query<{ version: string }>('select version()')
  assert.match(rows[0]?.version ?? '', /^PostgreSQL/)
  await client.end()
  const cache = new Redis(redis.url)
  assert.equal(await cache.ping(), 'PONG')
  cache.disconnect()
})
