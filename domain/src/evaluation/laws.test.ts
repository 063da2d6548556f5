// Laws of the evaluator, over random nights.

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alert, type AlertState } from '../alert/alert.ts'
import {
  deciding,
  FRAME_S,
  live,
  nameOf,
  newWorld,
  night,
  restart,
  UNCHANGED,
  type Change,
  type Step,
  type World,
} from '../testing/shard-night.ts'
import { readableId } from '../testing/shard.ts'
import type { OpenAlert } from './adopt-alerts.ts'
import type { Decision } from './decision.ts'
import { decodeEvaluator, encodeEvaluator } from './saved-state.ts'
import { joined } from './state-bytes.ts'
import { readState, type SavedState } from './state-codec.ts'

/** In whatever order its agents were written. */
function stateIn(bytes: Uint8Array): SavedState {
  const state = readState(bytes)
  return { ...state, agents: state.agents.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

test('saved and gone on with anywhere, it decides the same', () =>
  fc.assert(
    fc.property(night, fc.integer({ min: 1, max: 20 }), (steps, every) => {
      const restarted = deciding(steps, (world, i) => void (i % every === 0 && restart(world)))
      assert.deepEqual(restarted, deciding(steps))
    }),
    { numRuns: 60 },
  ))

test('what is saved while it goes on is the state when that began, and comes to the same decisions again', () =>
  fc.assert(
    fc.property(night, fc.nat(), (steps, at) => {
      const place = at % steps.length
      const world = newWorld()
      const before = steps.slice(0, place).flatMap((one) => live(world, one))
      const then = encodeEvaluator(world.evaluator)
      const saving = world.evaluator.beginSaving()
      const { hearing, nowS, activations } = world
      const sequences = new Map(world.sequences)
      const first = steps.slice(place).flatMap((one, i) => {
        if (i % 2 === 1) saving.write(1)
        return live(world, one)
      })
      const bytes = joined(saving.finish())
      assert.deepEqual(stateIn(bytes), stateIn(then))
      const evaluator = decodeEvaluator(bytes, { alertId: readableId })
      const again = { evaluator, hearing, nowS, activations, sequences }
      assert.deepEqual(
        steps.slice(place).flatMap((one) => live(again, one)),
        first,
      )
      assert.deepEqual([...before, ...first], deciding(steps))
    }),
    { numRuns: 40 },
  ))

/** Alerts as EVENTS have them. */
type Recorded = Map<string, { readonly tenant: string; readonly state: AlertState }>

function record(states: Recorded, decisions: readonly Decision[]): void {
  for (const { alert: id, tenant, command, key } of decisions) {
    const events = alert.decide(command, states.get(id)?.state)
    assert.ok(events.length > 0, `${key} changed nothing`)
    states.set(id, { tenant, state: events.reduce<AlertState>(alert.evolve, states.get(id)?.state) })
  }
}

test('every decision changes its alert, none comes after its end, and a series has one alert at a time', () =>
  fc.assert(
    fc.property(night, (steps) => {
      const states: Recorded = new Map()
      const open = new Map<string, string>()
      const keys = new Set<string>()
      for (const decision of deciding(steps)) {
        const { alert: id, key } = decision
        assert.ok(!keys.has(key), `twice: ${key}`)
        keys.add(key)
        record(states, [decision])
        assert.equal(open.get(seriesOf(id)) ?? id, id, `${seriesOf(id)} has two alerts`)
        if (states.get(id)?.state?.phase === 'resolved') open.delete(seriesOf(id))
        else open.set(seriesOf(id), id)
      }
    }),
    { numRuns: 100 },
  ))

/** Rule, agent and dimension of a readable id. */
const seriesOf = (id: string): string => id.split('|').slice(0, 3).join('|')

const openOf = (states: Recorded): OpenAlert[] =>
  [...states].flatMap(([id, { tenant, state }]) =>
    state && state.phase !== 'resolved' ? [{ id, tenant, state }] : [],
  )

/** A new evaluator that has read the newest frames of these steps, and whose decisions went nowhere. */
function rebuilt(world: World, steps: readonly Step[]): World {
  const rules = steps.findLast(({ kind }) => kind === 'rules')
  const frames = steps.slice(-30).filter((one) => one.kind === 'frame')
  const nowS = world.nowS - frames.reduce((sum, { times }) => sum + times * FRAME_S, 0)
  const fresh: World = { ...newWorld(), nowS, hearing: world.hearing, activations: world.activations }
  for (const one of [...(rules ? [rules] : []), ...frames]) live(fresh, one)
  fresh.evaluator.tick(world.hearing, world.hearing.tickMs)
  return { ...fresh, sequences: world.sequences }
}

/** Of what is open now, what is not called as it should be. */
const miscalled = (states: Recorded, change: Change): string[] =>
  openOf(states).flatMap(({ id, state: { origin } }) => {
    const isRight = origin.agent === '' || origin.agentName === nameOf(origin.agent, change)
    return isRight && (origin.labels.team ?? change.team) === change.team ? [] : [id]
  })

test('whatever is renamed, alerts that are open are called what it is called now, also after a memory was lost', () =>
  fc.assert(
    fc.property(night, fc.nat(), (steps, at) => {
      const lostAt = at % steps.length
      const states: Recorded = new Map()
      let world = newWorld()
      let change = UNCHANGED
      steps.forEach((one, i) => {
        record(states, live(world, one))
        if (one.kind === 'rules') change = one
        if (i === lostAt) {
          world = rebuilt(world, steps.slice(0, i + 1))
          record(states, world.evaluator.adopt(openOf(states)))
        }
        assert.deepEqual(miscalled(states, change), [])
      })
    }),
    { numRuns: 60 },
  ))

test('after a memory was lost, alerts that are open are gone on with and no series has two', () =>
  fc.assert(
    fc.property(night, fc.nat(), (steps, at) => {
      const lostAt = at % steps.length
      const states: Recorded = new Map()
      let world = newWorld()
      steps.forEach((one, i) => {
        record(states, live(world, one))
        if (i !== lostAt) return
        world = rebuilt(world, steps.slice(0, i + 1))
        record(states, world.evaluator.adopt(openOf(states)))
      })
      const series = openOf(states).map(({ id }) => seriesOf(id))
      assert.equal(new Set(series).size, series.length)
    }),
    { numRuns: 60 },
  ))
