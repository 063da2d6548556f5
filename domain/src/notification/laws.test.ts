// What holds whatever happens: nothing hangs on how the log was read, on who decides, or on when the state was saved.

import { create } from '@bufbuild/protobuf'
import { ChannelDeletedSchema, EscalationPolicyDeletedSchema } from '@secumon/contracts/gen/escalation'
import { MaintenancePlannedSchema } from '@secumon/contracts/gen/muting'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DomainEvent } from '../decider.ts'
import { label, Night, OPTIONS, step, TENANT } from '../testing/night.ts'
import { decide, type NotifyDecision } from './decide.ts'
import { deliveries } from './deliveries.ts'
import { evolve, type NotifyFact } from './evolve.ts'
import { nextWakeMs } from './next-wake.ts'
import { restoreNotify } from './restore.ts'
import { saveNotify } from './saved-state.ts'
import { emptyNotifyState, type NotifyState } from './state.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

const RUNS = 50

type Happening = (night: Night, at: number) => void

const pick = (night: Night, at: number, phase: 'firing' | 'any' = 'firing'): string | undefined => {
  const all = [...(night.state.tenants.get(TENANT)?.alerts.values() ?? [])]
  const fit = all.filter((alert) => phase === 'any' || alert.phase === 'firing').map(({ id }) => id)
  return fit.toSorted()[at % Math.max(1, fit.length)]
}
const onOne =
  (act: (night: Night, id: string, at: number) => void): Happening =>
  (night, at) => {
    const id = pick(night, at)
    if (id !== undefined) act(night, id, at)
  }

const AGENTS = ['web-1', 'web-2', 'db-1']
const agentOf = (at: number): string => AGENTS[at % AGENTS.length] ?? ''

const HAPPENINGS: readonly Happening[] = [
  (night, at) => night.fire(`a${night.log.length}`, { agent: agentOf(at) }),
  (night, at) => night.fire(`a${night.log.length}`, { agent: agentOf(at), noData: true }),
  (night, at) => night.fire(`a${night.log.length}`, { agent: agentOf(at), late: true }),
  (night, at) => night.fire(`a${night.log.length}`, { agent: agentOf(at), agoMs: 10 * MINUTE_MS }),
  (night, at) => night.offline(`o${night.log.length}`, agentOf(at)),
  onOne((night, id) => night.resolve(id)),
  onOne((night, id) => night.resolve(id)),
  onOne((night, id, at) => night.acknowledge(id, at % 2 ? 0 : night.nowMs + at * SECOND_MS)),
  onOne((night, id) => night.takeBack(id)),
  onOne((night, id) => night.flap(id)),
  onOne((night, id) => night.settle(id)),
  onOne((night, id) => night.loseHost(id)),
  onOne((night, id) => night.findHost(id)),
  onOne((night, id, at) => night.relabel(id, agentOf(at))),
  (night, at) => night.silence(`s${night.log.length}`, at * 10 * SECOND_MS, label('agent', agentOf(at))),
  (night, at) => void night[at % 3 ? 'failing' : 'refusing'].add(at % 2 ? 'slack' : 'sms'),
  (night) => [night.failing, night.refusing].forEach((set) => set.clear()),
  (night, at) => night.channel('sms', at),
  (night) => night.write('channel', 'sms', { case: 'channelDeleted', value: create(ChannelDeletedSchema) }),
  (night, at) =>
    night.policy(at % 2 ? 'p' : 'q', { order: at % 3, groupBy: [], steps: [step(0, 'sms')], activeHours }),
  (night) =>
    night.write('escalation', 'p', {
      case: 'escalationPolicyDeleted',
      value: create(EscalationPolicyDeletedSchema),
    }),
  (night, at) => night.write('maintenance', 'm', maintenanceAt(night.nowMs + at * SECOND_MS)),
]

const activeHours = {
  timeZone: 'UTC',
  hours: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, untilMinute: 30 }],
}

const maintenanceAt = (atMs: number): DomainEvent => {
  const startsAt = new Date(atMs).toISOString().slice(0, 19)
  const spec = {
    name: 'm',
    timeZone: 'UTC',
    startsAt,
    durationMs: MINUTE_MS,
    matchers: [label('agent', 'web-1')],
  }
  return { case: 'maintenancePlanned', value: create(MaintenancePlannedSchema, { spec }) }
}

type Move = { readonly happening: number; readonly at: number; readonly waitMs: number }
const moves = fc.array(
  fc.record({
    happening: fc.nat(HAPPENINGS.length - 1),
    at: fc.integer({ min: 1, max: 60 }),
    waitMs: fc.oneof(fc.constant(0), fc.nat(20 * MINUTE_MS)),
  }),
  { minLength: 1, maxLength: 25 },
)

const begin = (): Night =>
  new Night()
    .channel('slack')
    .channel('sms')
    .policy('p', {
      groupBy: ['agent'],
      groupWaitMs: 10 * SECOND_MS,
      groupIntervalMs: 2 * MINUTE_MS,
      repeatIntervalMs: 30 * MINUTE_MS,
      repeats: 1,
      steps: [step(0, 'slack'), step(5 * MINUTE_MS, 'sms')],
    })

const play = (night: Night, all: readonly Move[], between: (night: Night) => void = () => {}): Night => {
  for (const { happening, at, waitMs } of all) {
    HAPPENINGS[happening]?.(night, at)
    if (waitMs > 0) night.pass(waitMs)
    between(night)
  }
  return night
}

const foldedFrom = (log: readonly NotifyFact[]): NotifyState => {
  const state = emptyNotifyState(OPTIONS)
  for (const fact of log) evolve(state, fact)
  return state
}
const keysOf = (decisions: readonly NotifyDecision[]): string[] => decisions.map(({ key }) => key).toSorted()

test('a state that was folded anew, or saved and restored, decides what the one that went along decides', () => {
  fc.assert(
    fc.property(moves, (all) => {
      const compare = ({ log, state, nowMs }: Night): void => {
        const anew = foldedFrom(log)
        const restored = restoreNotify(OPTIONS, structuredClone(saveNotify(anew)))
        const expected = decide(state, nowMs)
        assert.deepEqual(decide(anew, nowMs), expected)
        assert.deepEqual(decide(restored, nowMs), expected)
        for (const other of [anew, restored]) {
          assert.deepEqual(deliveries(other, nowMs), deliveries(state, nowMs))
          if (expected.length === 0) assert.ok(!oversleeps(state, other, nowMs))
        }
      }
      play(begin(), all, compare)
    }),
    { numRuns: RUNS },
  )
})

// To be woken for nothing is no fault; to sleep through something is.
function oversleeps(state: NotifyState, other: NotifyState, nowMs: number): boolean {
  const otherMs = nextWakeMs(other, nowMs)
  if (nextWakeMs(state, nowMs) <= otherMs) return false
  const copy = restoreNotify(OPTIONS, saveNotify(other))
  return decide(copy, otherMs).length + deliveries(copy, otherMs).length > 0
}

test('a worker that takes over at any moment goes on as the other would have', () => {
  fc.assert(
    fc.property(moves, fc.array(fc.boolean(), { maxLength: 25 }), (all, swaps) => {
      let turn = 0
      const swap = (night: Night): void => {
        if (swaps[turn++]) night.state = restoreNotify(OPTIONS, saveNotify(foldedFrom(night.log)))
      }
      const [one, two] = [play(begin(), all), play(begin(), all, swap)]
      assert.deepEqual(two.sent, one.sent)
      assert.deepEqual(two.log, one.log)
    }),
    { numRuns: RUNS },
  )
})

test('of two workers who decide the same the log takes one, and both go on alike', () => {
  fc.assert(
    fc.property(moves, (all) => {
      const alone = play(begin(), all)
      const doubled = begin()
      const carryOut = doubled.carryOut.bind(doubled)
      doubled.carryOut = (decision): void => {
        carryOut(decision)
        if (decision.aggregate !== 'notification' || decision.command.kind !== 'Start') carryOut(decision)
      }
      play(doubled, all)
      assert.deepEqual(doubled.sent, alone.sent)
      assert.deepEqual(doubled.log, alone.log)
    }),
    { numRuns: RUNS },
  )
})

test('what is decided again before the log has told it back has the same keys', () => {
  fc.assert(
    fc.property(moves, (all) => {
      play(
        begin(),
        all.map((move) => ({ ...move, waitMs: 0 })),
        ({ state, nowMs }) => {
          assert.deepEqual(keysOf(decide(state, nowMs)), keysOf(decide(state, nowMs)))
        },
      )
    }),
    { numRuns: RUNS },
  )
})

test('it comes to rest, every end is told to whom the beginning was told, and nothing is left behind', () => {
  fc.assert(
    fc.property(moves, (all) => {
      const night = play(begin(), all)
      night.failing.clear()
      night.refusing.clear()
      const ids = [...(night.state.tenants.get(TENANT)?.alerts.values() ?? [])]
      night.resolve(...ids.filter(({ phase }) => phase !== 'resolved').map(({ id }) => id))
      night.pass(48 * 60 * MINUTE_MS)
      const tenant = night.state.tenants.get(TENANT)
      assert.deepEqual([tenant?.alerts.size, tenant?.incidents.size, tenant?.messages.size], [0, 0, 0])
      const isLost = night.log.some(({ events }) => events.some((event) => LOSSES.has(event.case)))
      if (!isLost) assert.deepEqual(openIn(night.sent), [])
    }),
    { numRuns: RUNS },
  )
})

/** After these somebody who was told may not hear of the end. */
const LOSSES = new Set(['notificationGivenUp', 'channelDeleted'])

/** Channel and alert of what was told to fire and not told to be over. */
const openIn = (sent: readonly string[]): string[] => {
  const open = new Set<string>()
  for (const line of sent) {
    const [channel = '', rest = ''] = line.split(': ')
    for (const part of rest
      .split(/[ ,]+/)
      .slice(1)
      .join(' ')
      .matchAll(/(\S+) (firing|acknowledged|resolved)/g)) {
      const key = `${channel} ${part[1]}`
      if (part[2] === 'resolved') open.delete(key)
      else open.add(key)
    }
  }
  return [...open]
}
