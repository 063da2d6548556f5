import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  admitToLane,
  advanceLane,
  type LaneFact,
  type LanePosition,
  type LaneVerdict,
} from './lane-admission.ts'

const HASH = new Uint8Array(32)
const at = (epoch: number, sequence: number): LanePosition => ({
  epoch,
  sequence,
  head: { hash: HASH },
  horizon: { epoch: 1, sequence: 1, atMs: 0 },
})
const chain = { tenant: 'main', agent: 'A', lane: 'telemetry' } as const
const source = { stream: 'TELEMETRY_0', position: 1, subject: '' }

const frame = (epoch: number, sequence: number): LaneFact => ({
  kind: 'frame',
  source,
  header: { ...chain, epoch, sequence, previousHash: HASH, sentAtMs: 0 },
  receivedAtMs: 0,
  clockOffsetMs: 0,
  hash: HASH,
  bytes: HASH,
  observations: () => [],
})

const gap = (epoch: number, first: number, last: number): LaneFact => ({
  kind: 'gap',
  source,
  header: { ...chain, epoch, first, last, hashOfLast: HASH, reason: 1, atMs: 0 },
  receivedAtMs: 0,
})

/** The same place, other bytes. */
function other(fact: LaneFact): LaneFact {
  const hash = new Uint8Array(32).fill(1)
  return fact.kind === 'frame' ? { ...fact, hash } : { ...fact, header: { ...fact.header, hashOfLast: hash } }
}

const CASES: readonly (readonly [string, LanePosition | undefined, LaneFact, LaneVerdict])[] = [
  ['the first record ever seen is taken, wherever it is', undefined, frame(3, 17), 'next'],
  ['the next frame is taken', at(1, 4), frame(1, 5), 'next'],
  ['the same frame is seen', at(1, 4), frame(1, 4), 'seen'],
  ['another frame in place of the last is a fork', at(1, 4), other(frame(1, 4)), 'forked'],
  ['another end of a gap in place of the last is a fork', at(1, 4), other(gap(1, 2, 4)), 'forked'],
  ['an earlier frame is seen', at(1, 4), frame(1, 1), 'seen'],
  ['a frame that skips one is a hole', at(1, 4), frame(1, 6), 'hole'],
  ['a gap right behind is taken', at(1, 4), gap(1, 5, 9), 'next'],
  ['a gap that begins earlier but reaches further is taken', at(1, 4), gap(1, 2, 9), 'next'],
  ['a gap that is behind is seen', at(1, 4), gap(1, 2, 4), 'seen'],
  ['a gap that leaves frames out is a hole', at(1, 4), gap(1, 6, 9), 'hole'],
  ['a new epoch begins with 1', at(1, 4), frame(2, 1), 'next'],
  ['a new epoch may begin with a gap from 1', at(1, 4), gap(2, 1, 3), 'next'],
  ['a new epoch that begins later is a hole', at(1, 4), frame(2, 2), 'hole'],
  ['several epochs may pass without a record', at(1, 4), frame(9, 1), 'next'],
  ['an older epoch is seen', at(2, 1), frame(1, 5), 'seen'],
]

describe('admission to a lane', () => {
  for (const [sentence, last, fact, verdict] of CASES)
    test(sentence, () => assert.equal(admitToLane(last, fact), verdict))

  test('the horizon is the first record taken, for good', () => {
    const first = advanceLane(undefined, gap(2, 5, 9))
    assert.deepEqual([first.horizon, first.sequence], [{ epoch: 2, sequence: 5, atMs: 0 }, 9])
    assert.deepEqual(advanceLane(first, frame(3, 1)).horizon, { epoch: 2, sequence: 5, atMs: 0 })
  })

  test('however a chain is redelivered, each record is taken exactly once and there is no hole', () => {
    const redeliveries = fc.array(fc.nat({ max: 30 }), { maxLength: 8 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), redeliveries, (length, restarts) => {
        const chainOf = Array.from({ length }, (_, i) =>
          i < length / 2 ? frame(1, i + 1) : frame(2, i + 1 - Math.ceil(length / 2)),
        )
        const delivered = [...restarts.flatMap((upTo) => chainOf.slice(0, upTo)), ...chainOf]
        let position: LanePosition | undefined
        const taken: LaneFact[] = []
        for (const fact of delivered) {
          const verdict = admitToLane(position, fact)
          assert.notEqual(verdict, 'hole')
          if (verdict === 'seen') continue
          position = advanceLane(position, fact)
          taken.push(fact)
        }
        assert.deepEqual(taken, chainOf)
      }),
    )
  })
})
