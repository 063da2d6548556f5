import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MalformedFrame } from '@secumon/contracts/frame'
import { readFact } from './facts.ts'
import type { Appended } from './testing/memory-log.ts'
import { agentId, envelope, RecordedLane, tick } from './testing/recorded.ts'

const T0 = 1_790_000_000_000

const logged = ({ subject, payload, headers = {} }: Appended) => ({
  stream: 'S',
  position: 7,
  subject,
  payload,
  header: (name: string) => headers[name],
})

test('a frame becomes a fact with its header, arrival, offset and observations', () => {
  const lane = new RecordedLane(agentId(1))
  const fact = readFact(
    logged(lane.frame({ receivedAtMs: T0, clockOffsetMs: -3 }, { periodMs: 10 }, { periodMs: 20 })),
  )
  assert.ok(fact.kind === 'frame')
  assert.deepEqual(
    [fact.header.agent, fact.header.sequence, fact.receivedAtMs, fact.clockOffsetMs],
    [lane.agent, 1, T0, -3],
  )
  assert.deepEqual(
    fact.observations().map(({ periodMs }) => periodMs),
    [10, 20],
  )
  assert.equal(fact.hash.length, 32)
  assert.equal(fact.observations(), fact.observations())
})

test('gaps, ticks and envelopes are told apart', () => {
  const lane = new RecordedLane(agentId(1))
  const gap = lane.gap(
    { receivedAtMs: T0 },
    { first: 1, last: 3, hashOfLast: new Uint8Array(32), reason: 1, atMs: T0 },
  )
  const messages = [gap, tick(T0), envelope({ aggregate: 'agent', id: 'A', version: 2 })]
  assert.deepEqual(
    messages.map((message) => readFact(logged(message)).kind),
    ['gap', 'tick', 'envelope'],
  )
})

test('a record under another’s subject, another tenant or another lane is refused', () => {
  const message = new RecordedLane(agentId(1)).frame({ receivedAtMs: T0 })
  for (const subject of [
    `telemetry.0.main.${agentId(2)}`,
    `telemetry.0.other.${agentId(1)}`,
    `logs.0.main.${agentId(1)}`,
  ])
    assert.throws(() => readFact(logged({ ...message, subject })), MalformedFrame)
})

test('a record without a readable arrival is refused', () => {
  const message = new RecordedLane(agentId(1)).frame({ receivedAtMs: T0 })
  for (const at of ['', 'soon', '1e400', '1.5'])
    assert.throws(
      () => readFact(logged({ ...message, headers: { ...message.headers, 'received-at': at } })),
      MalformedFrame,
    )
})

test('an envelope without a version is refused', () => {
  assert.throws(() => readFact(logged(envelope({ aggregate: 'agent', id: 'A', version: 0 }))), MalformedFrame)
})

test('whatever bytes come, they become a fact or an error, nothing else', () => {
  const { subject, headers, payload } = new RecordedLane(agentId(1)).frame(
    { receivedAtMs: T0 },
    { periodMs: 1 },
  )
  const damaged = fc
    .tuple(fc.nat({ max: payload.length - 1 }), fc.integer({ min: 1, max: 255 }))
    .map(([at, bits]) => {
      const bytes = Uint8Array.from(payload)
      bytes[at] = (bytes[at] ?? 0) ^ bits
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
      try {
        const fact = readFact(logged({ subject, payload: bytes, ...(headers && { headers }) }))
        if (fact.kind === 'frame') fact.observations()
      } catch (error) {
        assert.ok(error instanceof Error, String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})
