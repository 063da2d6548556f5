import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentStatus, DEAF, gatewayHeard, ticked, type AgentStatus, type Hearing } from './agent-status.ts'

const PERIOD = 10_000

type Line = [second: number, heard: string, expected: AgentStatus]

// A night in lines: at second N gateways speak (each has a letter), a frame arrives (f) or not, and a tick comes.
function night(lines: Line[], periodMs = PERIOD): void {
  let hearing: Hearing = DEAF
  let received: number | undefined
  for (const [second, heard, expected] of lines) {
    const at = second * 1_000
    for (const letter of heard)
      if (letter === 'f') received = at
      else hearing = gatewayHeard(hearing, letter, at)
    hearing = ticked(hearing, at)
    assert.equal(agentStatus(hearing, received, periodMs), expected, `at ${second} s`)
  }
}

const gatewayBeats = (from: number, to: number, expected: AgentStatus, gateway = 'g'): Line[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => [from + i * 5, gateway, expected])

test('an agent that never sent a frame is pending', () =>
  night([
    [0, 'g', 'pending'],
    [60, 'g', 'pending'],
  ]))

test('more than three periods of silence with a gateway listening is offline', () =>
  night([
    [0, 'gf', 'online'],
    [10, 'g', 'online'],
    [20, 'g', 'online'],
    [30, 'g', 'online'],
    [35, 'g', 'offline'],
    [40, 'gf', 'online'],
  ]))

test('silence while no gateway was there is unknown; it has its time again when agents must have found one that is back', () =>
  night([
    [0, 'gf', 'online'],
    [10, 'g', 'online'],
    [35, '', 'unknown'],
    [60, '', 'unknown'],
    [65, 'g', 'unknown'],
    ...gatewayBeats(70, 155, 'unknown'),
    [160, 'g', 'offline'],
  ]))

test('of a short period too, silence counts only as far as a gateway was heard', () =>
  night(
    [
      [0, 'gf', 'online'],
      [5, 'gf', 'online'],
      [9, '', 'online'],
      [20, '', 'online'],
      [21, '', 'unknown'],
      [25, 'g', 'unknown'],
      [30, 'gf', 'online'],
      [34, '', 'online'],
      [35, 'g', 'offline'],
    ],
    1_000,
  ))

test('a gateway that is started again leaves agents time to find it, however short their period', () =>
  night(
    [
      [0, 'gf', 'online'],
      [5, 'gf', 'online'],
      [9, 'f', 'online'],
      ...gatewayBeats(15, 20, 'online', 'h'),
      ...gatewayBeats(25, 75, 'unknown', 'h'),
      [80, 'h', 'offline'],
    ],
    1_000,
  ))

test('a gateway that goes leaves its agents time to find another, which was there all along', () =>
  night(
    [
      [0, 'gh', 'pending'],
      [5, 'ghf', 'online'],
      ...gatewayBeats(10, 20, 'online', 'h'),
      ...gatewayBeats(25, 65, 'unknown', 'h'),
      [70, 'h', 'offline'],
    ],
    1_000,
  ))

test('of several gateways, silence counts as far as all were heard that may have had the agent', () =>
  night(
    [
      [0, 'ghf', 'online'],
      [6, 'h', 'online'],
      [8, 'gh', 'offline'],
    ],
    1_000,
  ))

test('who was offline before a gateway was started again still is', () =>
  night([
    [0, 'gf', 'online'],
    ...gatewayBeats(5, 30, 'online'),
    ...gatewayBeats(35, 60, 'offline'),
    ...gatewayBeats(70, 200, 'offline', 'h'),
    [230, '', 'unknown'],
    [235, 'i', 'offline'],
  ]))

test('of gateways that start again and again only the last are remembered', () => {
  let hearing: Hearing = DEAF
  for (let s = 0; s < 10_000; s += 5) hearing = ticked(gatewayHeard(hearing, String(s), s * 1_000), s * 1_000)
  assert.ok(hearing.listeners.length < 25)
  assert.equal(agentStatus(hearing, 0, PERIOD), 'unknown')
})

test('an agent that comes back with the gateway is online at once', () =>
  night([
    [0, 'gf', 'online'],
    [40, '', 'unknown'],
    [45, 'gf', 'online'],
  ]))

test('a tick of a late writer does not turn time back', () => {
  const hearing = ticked(ticked(DEAF, 150_000), 20_000)
  assert.equal(hearing.tickMs, 150_000)
  assert.equal(ticked(hearing, 155_000).tickMs, 155_000)
})

const HOUR = 3_600_000
const DAY = 1_000_000_000_000

test('one tick far in the future moves nothing', () => {
  const hearing = ticked(ticked(ticked(DEAF, DAY), DAY + 9 * HOUR), DAY + 5_000)
  assert.equal(hearing.tickMs, DAY + 5_000)
  assert.equal(hearing.doubtedMs, undefined)
})

test('after a night without ticks the second one is believed', () => {
  const hearing = ticked(ticked(ticked(DEAF, DAY), DAY + 9 * HOUR), DAY + 9 * HOUR + 5_000)
  assert.equal(hearing.tickMs, DAY + 9 * HOUR + 5_000)
})

test('a clock that was put right is followed back, and what gateways said under the wrong one is bounded', () => {
  let hearing = gatewayHeard(ticked(DEAF, DAY + 9 * HOUR), 'g', DAY + 9 * HOUR)
  hearing = ticked(ticked(hearing, DAY), DAY + 5_000)
  assert.deepEqual(hearing, {
    tickMs: DAY + 5_000,
    doubtedMs: undefined,
    listeners: [{ gateway: 'g', sinceMs: DAY + 5_000, seenMs: DAY + 5_000 }],
  })
})

test('a gateway far ahead was heard when the log says it was', () => {
  let hearing = gatewayHeard(ticked(DEAF, DAY), 'g', DAY)
  hearing = gatewayHeard(hearing, 'g', DAY + HOUR)
  for (let s = 5; s <= 40; s += 5)
    hearing = gatewayHeard(ticked(hearing, DAY + s * 1_000), 'g', DAY + s * 1_000)
  assert.equal(agentStatus(hearing, DAY, PERIOD), 'offline')
})
