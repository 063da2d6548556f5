import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentStatus, DEAF, gatewayHeard, ticked, type AgentStatus, type Hearing } from './agent-status.ts'

const PERIOD = 10_000

// A night in lines: at second N a tick comes, a gateway speaks (g) or not, a frame arrives (f) or not.
function night(lines: [number, string, AgentStatus][]): void {
  let hearing: Hearing = DEAF
  let received: number | undefined
  for (const [second, heard, expected] of lines) {
    const at = second * 1_000
    if (heard.includes('g')) hearing = gatewayHeard(hearing, at)
    if (heard.includes('f')) received = at
    hearing = ticked(hearing, at)
    assert.equal(agentStatus(hearing, received, PERIOD), expected, `at ${second} s`)
  }
}

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

test('silence while no gateway was there is unknown, and has its time again when one returns', () =>
  night([
    [0, 'gf', 'online'],
    [10, 'g', 'online'],
    [35, '', 'unknown'],
    [60, '', 'unknown'],
    [65, 'g', 'unknown'],
    [80, 'g', 'unknown'],
    [95, 'g', 'unknown'],
    [100, 'g', 'offline'],
  ]))

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
