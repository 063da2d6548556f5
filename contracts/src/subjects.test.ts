import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { ulid, ulidTimeMs, ulidToUuid, uuidToUlid, isUlid } from './ids.ts'
import { LANES } from './lanes.ts'
import {
  clockSubject,
  eventSubject,
  InvalidSubject,
  laneStream,
  laneSubject,
  parseClockSubject,
  parseEventSubject,
  parseLaneSubject,
  shardOf,
} from './subjects.ts'

const anyUlid = fc
  .tuple(fc.nat({ max: 2 ** 48 - 1 }), fc.uint8Array({ minLength: 10, maxLength: 10 }))
  .map(([at, random]) => ulid(at, random))
const anyTenant = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/).filter((tenant) => tenant !== 'system')

test('ULIDs keep time order and their 128 bits as UUIDs', () => {
  fc.assert(
    fc.property(anyUlid, (id) => {
      assert.ok(isUlid(id))
      assert.equal(uuidToUlid(ulidToUuid(id)), id)
    }),
  )
  const random = new Uint8Array(10).fill(255)
  assert.ok(ulid(1, random) < ulid(2, new Uint8Array(10)))
  assert.equal(ulidTimeMs(ulid(1_763_790_000_123, random)), 1_763_790_000_123)
  assert.throws(() => ulid(-1, random), RangeError)
  assert.throws(() => ulidToUuid('server-001'), RangeError)
  assert.throws(() => uuidToUlid('zz'), RangeError)
})

test('a lane subject parses back to what built it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LANES),
      fc.nat({ max: 63 }),
      anyTenant,
      anyUlid,
      (lane, shard, tenant, agent) => {
        assert.deepEqual(parseLaneSubject(laneSubject({ lane, shard, tenant, agent })), {
          lane,
          shard,
          tenant,
          agent,
        })
      },
    ),
  )
})

test('an event subject parses back to what built it', () => {
  fc.assert(
    fc.property(anyTenant, anyUlid, (tenant, id) => {
      const subject = { tenant, aggregate: 'identity', id }
      assert.deepEqual(parseEventSubject(eventSubject(subject)), subject)
    }),
  )
})

test('the clock speaks on the same stream, under a tenant nobody can have', () => {
  const subject = clockSubject({ shard: 3, kind: 'clock' })
  assert.equal(subject, 'telemetry.3.system.clock')
  assert.deepEqual(parseClockSubject(subject), { shard: 3, kind: 'clock' })
  assert.equal(parseLaneSubject(subject), undefined)
  assert.equal(laneStream('telemetry', 3), 'TELEMETRY_3')
})

test('no text can smuggle a wildcard or another token into a subject', () => {
  fc.assert(
    fc.property(fc.string(), anyUlid, (tenant, agent) => {
      try {
        assert.equal(laneSubject({ lane: 'logs', shard: 0, tenant, agent }).split('.').length, 4)
      } catch (error) {
        assert.ok(error instanceof InvalidSubject)
      }
    }),
  )
  for (const tenant of ['', '*', '>', 'a.b', 'a b', 'system', 'é'])
    assert.throws(
      () => laneSubject({ lane: 'logs', shard: 0, tenant, agent: '01JD5Z3V9Q7X2M4K6N8P0R1S3T' }),
      InvalidSubject,
    )
})

test('whatever the subject, parsing answers', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseLaneSubject, parseEventSubject, parseClockSubject]) parse(text)
    }),
  )
})

test('agents spread evenly over shards, always to the same one', () => {
  const counts = new Map<number, number>()
  for (let i = 0; i < 8_000; i++) {
    const shard = shardOf(
      ulid(
        1_780_000_000_000 + i,
        Uint8Array.from({ length: 10 }, (_, j) => (i * 31 + j * 7) % 256),
      ),
      8,
    )
    counts.set(shard, (counts.get(shard) ?? 0) + 1)
  }
  assert.equal(counts.size, 8)
  for (const count of counts.values())
    assert.ok(count > 800 && count < 1_200, `${count} of 8,000 in one of 8 shards`)
})
