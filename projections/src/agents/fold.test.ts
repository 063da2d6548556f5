import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import type { Fact } from '../projector.ts'
import { frameFact, gatewayFact, tickFact } from '../testing/facts.ts'
import { emptyShard, foldShard } from './fold.ts'
import { glance } from './glance.ts'

const AGENTS = ['01JD5Z3V9Q7X2M4K6N8P0R1S3A', '01JD5Z3V9Q7X2M4K6N8P0R1S3B']
const START = 1_780_000_000_000

const anyHistory = fc
  .array(
    fc.record({
      kind: fc.constantFrom('frame', 'tick', 'gateway'),
      agent: fc.constantFrom(...AGENTS),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      wrongMs: fc.constantFrom(0, 0, 0, -7_200_000, 7_200_000),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let now = START
    return steps.map(({ kind, agent, afterMs, wrongMs }): Fact => {
      now += afterMs
      const at = now + wrongMs
      if (kind === 'frame') return frameFact({ agent, receivedAtMs: at })
      return kind === 'tick' ? tickFact(at) : gatewayFact(at)
    })
  })

function foldParts(parts: readonly (readonly Fact[])[]) {
  const state = emptyShard()
  const changes = parts.flatMap((part) => foldShard(state, part).changes)
  return { state, changes }
}

test('however the log is split into batches, state and changes are the same', () => {
  fc.assert(
    fc.property(anyHistory, fc.array(fc.nat({ max: 60 }), { maxLength: 5 }), (history, cuts) => {
      const edges = [
        0,
        ...cuts.filter((cut) => cut < history.length).toSorted((a, b) => a - b),
        history.length,
      ]
      const parts = edges.slice(1).map((end, i) => history.slice(edges[i], end))
      assert.deepEqual(foldParts(parts), foldParts([history]))
    }),
  )
})

test('an agent comes, falls silent under a listening gateway, and comes back', () => {
  const agent = AGENTS[0] ?? ''
  const night: Fact[] = [gatewayFact(START), frameFact({ agent, receivedAtMs: START })]
  for (let s = 5; s <= 35; s += 5) night.push(gatewayFact(START + s * 1_000), tickFact(START + s * 1_000))
  night.push(frameFact({ agent, receivedAtMs: START + 40_000 }))
  const { changes } = foldParts([night])
  assert.deepEqual(
    changes.map(({ from, to, atMs }) => [from, to, atMs - START]),
    [
      ['pending', 'online', 0],
      ['online', 'offline', 35_000],
      ['offline', 'online', 40_000],
    ],
  )
})

test('clocks that are hours ahead for a moment neither blind a shard nor keep a dead agent alive', () => {
  const agent = AGENTS[0] ?? ''
  const [hour, ahead] = [3_600_000, START + 3_600_000]
  const night: Fact[] = [gatewayFact(START), tickFact(START), frameFact({ agent, receivedAtMs: ahead })]
  night.push(tickFact(ahead), gatewayFact(START + 9 * hour))
  for (let s = 5; s <= 60; s += 5) night.push(gatewayFact(START + s * 1_000), tickFact(START + s * 1_000))
  const { state, changes } = foldParts([night])
  assert.equal(state.agents.get(agent)?.status, 'offline')
  assert.deepEqual(
    changes.map(({ to }) => to),
    ['online', 'offline'],
  )
})

test('a slow agent is given three of its own periods', () => {
  const agent = AGENTS[0] ?? ''
  const night: Fact[] = [
    gatewayFact(START),
    frameFact({ agent, receivedAtMs: START, observation: { periodMs: 300_000 } }),
  ]
  for (let s = 10; s <= 600; s += 10) night.push(gatewayFact(START + s * 1_000), tickFact(START + s * 1_000))
  assert.equal(foldParts([night]).state.agents.get(agent)?.status, 'online')
})

test('a glance sees the period and whether rare blocks come', () => {
  const agent = AGENTS[0] ?? ''
  const plain = frameFact({ agent, receivedAtMs: START, observation: { periodMs: 60_000 } })
  const rich = frameFact({ agent, receivedAtMs: START, observation: { inventory: { hostname: 'h' } } })
  assert.deepEqual(glance(plain.bytes), { periodMs: 60_000, hasRareBlocks: false })
  assert.deepEqual(glance(rich.bytes), { periodMs: 10_000, hasRareBlocks: true })
  assert.deepEqual(glance(Uint8Array.of(255, 255)), { periodMs: 10_000, hasRareBlocks: false })
})
