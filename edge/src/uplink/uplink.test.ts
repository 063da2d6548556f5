// The edge protocol from the agent's side, against a real HTTP/2 server that plays every answer a gateway can give.

import { GapReason } from '@secumon/contracts/gen/frame'
import { RefusalKind } from '@secumon/contracts/gen/ingest'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrived, sequences, settled, SHORT_TIMINGS, testRig } from '../testing/test-uplink.ts'
import { until } from '../testing/until.ts'

test('what was spooled while offline arrives in order, and what is appended later follows', async (t) => {
  const rig = await testRig(t)
  rig.append(30)
  rig.start()
  await settled(rig, 30)
  assert.equal(rig.uplink.isConnected, true)
  rig.append(2)
  await settled(rig, 32)
  assert.equal(sequences(rig), Array.from({ length: 32 }, (_, i) => i + 1).join(' '))
  assert.equal(rig.lane.spool.durable, 32)
})

test('no more frames than the window are under way', async (t) => {
  const rig = await testRig(t)
  rig.gateway.window = 3
  rig.gateway.interfere = ({ message }, gateway) => {
    if (message.case !== 'submission') return undefined
    gateway.submissions.push(message.value)
    return []
  }
  rig.append(10)
  rig.start({ timings: { ...SHORT_TIMINGS, stallTimeoutMs: 200 } })
  await until(() => rig.gateway.submissions.length === 3, 'three submissions')
  await until(
    () => rig.entries.some(({ fields }) => String(fields['failure']).includes('silent')),
    'the stall is seen',
  )
  assert.equal(rig.gateway.submissions.length % 3, 0)
})

test('after a cut it reconnects, goes on from the log, and never has two streams', async (t) => {
  const rig = await testRig(t)
  rig.append(5)
  rig.start()
  await settled(rig, 5)
  for (let round = 1; round <= 5; round++) {
    rig.gateway.cut()
    rig.append(3)
    await settled(rig, 5 + 3 * round)
  }
  assert.equal(rig.gateway.log.length, 20)
  assert.equal(rig.gateway.mostStreams, 1)
  assert.ok(rig.gateway.opens.length >= 2)
})

test('wait holds the lane back for the time asked, then goes on', async (t) => {
  const rig = await testRig(t)
  let refusedAtMs = 0
  let resumedAtMs = 0
  rig.gateway.interfere = ({ message }, gateway) => {
    if (message.case !== 'submission') return undefined
    if (refusedAtMs > 0) {
      resumedAtMs ||= performance.now()
      return undefined
    }
    refusedAtMs = performance.now()
    return [gateway.refusal(RefusalKind.WAIT, { retryAfterMs: 300 })]
  }
  rig.append(3)
  rig.gateway.window = 1
  rig.start()
  await settled(rig, 3)
  assert.ok(resumedAtMs - refusedAtMs >= 295, `resumed after ${resumedAtMs - refusedAtMs} ms`)
  assert.equal(rig.gateway.opens.length, 1)
})

test('rewind after a rollback of the log sends everything again that the spool still has', async (t) => {
  const rig = await testRig(t)
  rig.gateway.durable = 0
  rig.append(20)
  rig.start()
  await settled(rig, 20)
  rig.gateway.rollBack(5)
  rig.gateway.say(rig.gateway.refusal(RefusalKind.REWIND))
  await arrived(rig, 20)
  assert.equal(sequences(rig), Array.from({ length: 20 }, (_, i) => i + 1).join(' '))
  assert.equal(rig.gateway.opens.length, 1)
})

test('a gateway that only rewinds is left, not served for ever', async (t) => {
  const rig = await testRig(t)
  rig.gateway.interfere = ({ message }, gateway) =>
    message.case === 'submission' ? [gateway.refusal(RefusalKind.REWIND)] : undefined
  rig.append(1)
  rig.start()
  await until(
    () => rig.entries.some(({ fields }) => String(fields['failure']).includes('rewinds')),
    'the fault is logged',
  )
})

test('a refused frame is quarantined, a gap stands for it, and the chain goes on', async (t) => {
  const rig = await testRig(t)
  rig.gateway.interfere = ({ message }, gateway) => {
    if (message.case !== 'submission' || message.value.record.case !== 'frame') return undefined
    const isFourth = gateway.head.sequence === 3
    return isFourth ? [gateway.refusal(RefusalKind.REPLACE, { sequence: 4 })] : undefined
  }
  rig.append(8)
  rig.start()
  await settled(rig, 8)
  assert.equal(sequences(rig), '1 2 3 [4-4] 5 6 7 8')
  assert.equal(rig.gateway.log[3]?.reason, GapReason.REFUSED)
  assert.deepEqual(
    rig.quarantined.map(({ sequence }) => sequence),
    [4],
  )
})

test('a frame larger than the log takes is replaced without being sent', async (t) => {
  const rig = await testRig(t)
  rig.gateway.maxFrameBytes = 4096
  rig.append(1)
  rig.append(1, 5000)
  rig.append(1)
  rig.start()
  await settled(rig, 3)
  assert.equal(sequences(rig), '1 [2-2] 3')
  assert.deepEqual(
    rig.quarantined.map(({ sequence }) => sequence),
    [2],
  )
})

test('frames dropped by a full spool become one gap', async (t) => {
  const rig = await testRig(t, { maxBytes: 64 * 1024 })
  rig.append(40, 4000)
  const dropped = rig.lane.spool.base.sequence
  assert.ok(dropped > 10 && dropped < 40)
  rig.start()
  await settled(rig, 40)
  assert.equal(rig.gateway.log[0]?.last, dropped)
  assert.equal(rig.gateway.log[0]?.reason, GapReason.SPOOL_FULL)
  assert.equal(rig.gateway.log.length, 1 + 40 - dropped)
})

test('frames the log lost after they were freed become a gap that says so', async (t) => {
  const rig = await testRig(t, { maxBytes: 64 * 1024 })
  rig.start()
  for (let i = 1; i <= 20; i++) {
    rig.append(1, 4000)
    await settled(rig, i)
  }
  await until(() => rig.lane.spool.base.sequence > 5, 'segments are freed')
  const freed = rig.lane.spool.base.sequence
  rig.gateway.rollBack(2)
  rig.gateway.cut()
  await arrived(rig, 20)
  assert.equal(rig.gateway.log[2]?.first, 3)
  assert.equal(rig.gateway.log[2]?.last, freed)
  assert.equal(rig.gateway.log[2]?.reason, GapReason.FREED)
})

test('re-enrol ends the uplink and leaves the spool as it is', async (t) => {
  const rig = await testRig(t)
  rig.append(3)
  rig.gateway.interfere = ({ message }, gateway) =>
    message.case === 'open' ? [gateway.refusal(RefusalKind.RE_ENROL)] : undefined
  rig.start()
  assert.deepEqual(await rig.ended, { kind: 're-enrol', reason: 'as the test wants' })
  rig.append(1)
  assert.equal(rig.lane.spool.head.sequence, 4)
})

test('Goaway: it leaves, and comes back after the time asked', async (t) => {
  const rig = await testRig(t)
  rig.append(2)
  rig.start()
  await settled(rig, 2)
  const leftAtMs = performance.now()
  rig.gateway.say({ case: 'goaway', value: { afterMs: 150, jitterMs: 10, reason: 'rebalance' } })
  rig.append(2)
  await until(() => rig.gateway.opens.length === 2, 'the second stream')
  assert.ok(performance.now() - leftAtMs >= 145)
  await settled(rig, 4)
  assert.equal(rig.gateway.mostStreams, 1)
})

const JUMPS = [
  { name: 'forward by two days', wallMs: 2 * 86_400_000 },
  { name: 'back by two days', wallMs: -2 * 86_400_000 },
  { name: 'back to 1970', wallMs: -1_790_000_000_000 },
]
for (const { name, wallMs } of JUMPS) {
  test(`the wall clock moves ${name}: no frame is lost or reordered, and ages stay true`, async (t) => {
    const rig = await testRig(t)
    rig.append(3)
    rig.clock.wallMs += wallMs
    rig.clock.runningMs += 60_000
    rig.append(3)
    rig.start()
    await settled(rig, 6)
    assert.deepEqual(
      rig.gateway.log.map(({ ageMs }) => ageMs),
      [60_000, 60_000, 60_000, 0, 0, 0],
    )
    rig.clock.bootId = '99999999-8888-7777-6666-555555555555'
    assert.equal(sequences(rig), '1 2 3 4 5 6')
  })
}

test('frames of an earlier boot are aged by the wall clock, never below zero', async (t) => {
  const rig = await testRig(t)
  rig.append(1)
  rig.clock.wallMs += 5_000
  rig.append(1)
  rig.clock.bootId = '99999999-8888-7777-6666-555555555555'
  rig.clock.runningMs = 100
  rig.clock.wallMs -= 2_000
  rig.start()
  await settled(rig, 2)
  assert.deepEqual(
    rig.gateway.log.map(({ ageMs }) => ageMs),
    [3_000, 0],
  )
})

test('a gateway that never says Hello is left in time', async (t) => {
  const rig = await testRig(t)
  rig.gateway.interfere = ({ message }) => (message.case === 'open' ? [] : undefined)
  rig.start({ timings: { handshakeTimeoutMs: 100, backoffBaseMs: 10, backoffMaxMs: 10 } })
  await until(() => rig.uplink.lastFailure === 'no Hello in time', 'the handshake times out')
})
