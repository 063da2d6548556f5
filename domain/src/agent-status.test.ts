import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentStatus, DEAF, gatewayHeard, ticked, type AgentStatus, type Hearing } from './agent-status.ts'

const PERIOD = 10_000

type Line = [second: number, heard: string, expected: AgentStatus]

// A night in lines: at second N a tick comes, a gateway speaks (g) or not, a frame arrives (f) or not.
function night(lines: Line[], periodMs = PERIOD): void {
  let hearing: Hearing = DEAF
  let received: number | undefined
  for (const [second, heard, expected] of lines) {
    const at = second * 1_000
    if (heard.includes('g')) hearing = gatewayHeard(hearing, at)
    if (heard.includes('f')) received = at
    hearing = ticked(hearing, at)
    assert.equal(agentStatus(hearing, received, periodMs), expected, `at ${second} s`)
  }
}

const gatewayBeats = (from: number, to: number, expected: AgentStatus): Line[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => [from + i * 5, 'g', expected])

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
  let hearing = gatewayHeard(ticked(DEAF, DAY + 9 * HOUR), DAY + 9 * HOUR)
  hearing = ticked(ticked(hearing, DAY), DAY + 5_000)
  assert.deepEqual(hearing, {
    tickMs: DAY + 5_000,
    doubtedMs: undefined,
    gatewaySeenMs: DAY + 5_000,
    gatewaySinceMs: DAY + 5_000,
  })
})

test('a gateway far ahead was heard when the log says it was', () => {
  let hearing = gatewayHeard(ticked(DEAF, DAY), DAY)
  hearing = gatewayHeard(hearing, DAY + HOUR)
  for (let s = 5; s <= 40; s += 5) hearing = gatewayHeard(ticked(hearing, DAY + s * 1_000), DAY + s * 1_000)
  assert.equal(agentStatus(hearing, DAY, PERIOD), 'offline')
})
