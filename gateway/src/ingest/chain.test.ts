import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, type Chain, type Offer, type Verdict } from './chain.ts'

const hash = (n: number): Uint8Array => new Uint8Array(32).fill(n)

/** A frame of epoch 2 that follows its predecessor, its hash being its sequence. */
const frame = (sequence: number, changes: Partial<Offer> = {}): Offer => ({
  epoch: 2,
  first: sequence,
  last: sequence,
  previousHash: hash(sequence - 1),
  hash: hash(sequence),
  ...changes,
})

const gap = (first: number, last: number, hashOfLast = hash(last)): Offer => ({
  epoch: 2,
  first,
  last,
  hash: hashOfLast,
})

/** In the log up to 5, taken up to 7. */
const chain: Chain = {
  openedEpoch: 2,
  epoch: 2,
  head: { sequence: 5, hash: hash(5) },
  tail: { sequence: 7, hash: hash(7) },
  resending: false,
}
const resending: Chain = { ...chain, tail: chain.head, resending: true }
const moved: Chain = {
  ...chain,
  epoch: 3,
  head: { sequence: 0, hash: hash(0) },
  tail: { sequence: 0, hash: hash(0) },
}
const empty: Chain = { ...moved, openedEpoch: 3 }

const cases: [string, Chain, Offer, Verdict][] = [
  ['the next frame is taken', chain, frame(8), 'take'],
  ['the next frame after a setback is taken', resending, frame(6), 'take'],
  ['the first frame of an epoch is taken', empty, frame(1, { epoch: 3 }), 'take'],
  [
    'the next frame that names another predecessor rewinds',
    chain,
    frame(8, { previousHash: hash(9) }),
    'rewind',
  ],
  ['a frame too far ahead rewinds', chain, frame(9), 'rewind'],
  ['a frame too far ahead, sent before the agent heard, is dropped', resending, frame(7), 'drop'],
  ['a frame long in the log is known', chain, frame(3), 'known'],
  ['a frame long in the log is known whatever its hash', chain, frame(3, { hash: hash(9) }), 'known'],
  ['the last frame in the log is known', chain, frame(5), 'known'],
  ['another frame in the place of the last is a fork', chain, frame(5, { hash: hash(9) }), 'fork'],
  ['a frame that waits for the log is dropped', chain, frame(6), 'drop'],
  ['a frame of an epoch older than the stream is superseded', chain, frame(8, { epoch: 1 }), 'superseded'],
  ['a frame of the epoch the stream began with is stale, not a clone', moved, frame(8), 'rewind'],
  ['a stale frame is dropped once the agent was told', { ...moved, resending: true }, frame(8), 'drop'],
  ['a frame of an epoch nobody started rewinds', chain, frame(8, { epoch: 9 }), 'rewind'],
  ['a gap after the tail is taken', chain, gap(8, 20), 'take'],
  ['a gap that does not begin after the tail rewinds', chain, gap(9, 20), 'rewind'],
  ['a gap that overlaps the tail rewinds', chain, gap(7, 9), 'rewind'],
  ['a gap in the log is known', chain, gap(4, 5), 'known'],
  ['a gap with another end than the log rewinds', chain, gap(4, 5, hash(9)), 'rewind'],
]

for (const [name, state, offer, verdict] of cases)
  test(name, () => {
    assert.equal(judge(state, offer), verdict)
  })
