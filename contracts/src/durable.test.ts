import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  durableAnswer,
  durableNotices,
  durableQuestion,
  MalformedDurable,
  MAX_ASKED,
  readDurableAnswer,
  readDurableNotice,
  readDurableQuestion,
  type DurableLane,
} from './durable.ts'
import { ulid } from './ids.ts'
import { LANES } from './lanes.ts'

const sequence = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const agent = fc.nat().map((number) => ulid(number, new Uint8Array(10)))
const lanes: fc.Arbitrary<DurableLane[]> = fc.array(
  fc.record({ agent, lane: fc.constantFrom(...LANES), epoch: sequence, sequence }, { noNullPrototype: true }),
)

describe('what the archiver says of lanes', () => {
  test('comes over the wire as it was, in messages that the server takes', () => {
    fc.assert(
      fc.property(lanes, fc.integer({ min: 128, max: 4_096 }), (said, maxBytes) => {
        const notices = durableNotices(said, maxBytes)
        assert.deepEqual(notices.flatMap(readDurableNotice), said)
        for (const { length } of notices) assert.ok(length <= maxBytes, `${length} > ${maxBytes}`)
        assert.deepEqual(readDurableAnswer(durableAnswer(said)), said)
      }),
    )
  })

  test('nothing moved needs no notice', () => assert.deepEqual(durableNotices([], 1_024), []))

  test('a question names agents, a bounded number of them', () => {
    const agents = Array.from({ length: MAX_ASKED }, (_, i) => ulid(i, new Uint8Array(10)))
    assert.deepEqual(readDurableQuestion(durableQuestion(agents)), agents)
    assert.deepEqual(readDurableQuestion(durableQuestion([])), [])
    assert.throws(() => readDurableQuestion(durableQuestion([...agents, ...agents])), MalformedDurable)
  })

  test('whatever else arrives is refused as malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        for (const read of [readDurableNotice, readDurableQuestion, readDurableAnswer])
          try {
            read(bytes)
          } catch (error) {
            assert.ok(error instanceof MalformedDurable)
          }
      }),
    )
    const cut = durableQuestion([ulid(1, new Uint8Array(10))]).subarray(0, -1)
    assert.throws(() => readDurableQuestion(cut), MalformedDurable)
  })
})
