import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { Crossings, drawCrossings, type Moment } from './crossings.ts'
import { matchMoments, quantiles } from './latencies.ts'

const moment = (agent: number, atMs: number): Moment => ({ agent, rule: 'r', state: 'firing', atMs })
const arrival = (agent: string, atMs: number, state = 'firing') => ({ agent, rule: 'r', state, atMs })

describe('latencies', () => {
  test('are from a moment to the first message of it; what comes again is a duplicate', () => {
    const arrivals = [
      arrival('demo-00001', 150),
      arrival('demo-00001', 900),
      arrival('demo-00002', 260),
      arrival('demo-00001', 300, 'resolved'),
    ]
    assert.deepEqual(matchMoments([moment(1, 100), moment(2, 200), moment(3, 300)], arrivals), {
      latenciesMs: [50, 60],
      missed: 1,
      duplicates: 1,
      strange: 1,
    })
  })

  test('quantiles are values that were there', () => {
    assert.deepEqual(quantiles([3, 1, 2, 4]), { p50: 2, p99: 4, max: 4 })
  })
})

describe('crossings', () => {
  const plan = { seed: 5, agents: 400, ticks: 20, settled: 4, share: 0.5 }

  test('are drawn from the seed, after the load has settled and with room for the way back', () => {
    const drawn = drawCrossings(plan)
    const ticks = drawn.flatMap((crossing) => crossing?.tick ?? [])
    assert.deepEqual(drawCrossings(plan), drawn)
    assert.ok(ticks.length > 150 && ticks.length < 250, `${ticks.length} of 400`)
    assert.deepEqual([Math.min(...ticks), Math.max(...ticks)], [4, 18])
  })

  test('each is told of twice: over and back', () => {
    const told: Moment[] = []
    const crossings = new Crossings({ ...plan, agents: 1, share: 1 }, (each) => told.push(each))
    for (let i = 0; i < plan.ticks; i++)
      crossings.adjust(0, create(ObservationSchema, { atMs: BigInt(i), host: {} }))
    assert.deepEqual(
      told.map(({ state }) => state),
      ['firing', 'resolved'],
    )
    assert.equal((told[1]?.atMs ?? 0) - (told[0]?.atMs ?? 0), 1)
  })
})
