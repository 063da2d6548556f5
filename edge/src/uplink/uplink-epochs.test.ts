// How an uplink goes on when the log does not continue its spool: in a new epoch, with what surely was never sent, and a
// gap for what was dropped before it could be.

import { GapReason } from '@secumon/contracts/gen/frame'
import { EpochReason, RefusalKind } from '@secumon/contracts/gen/ingest'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sequences, settled, testRig } from '../testing/test-uplink.ts'
import { until } from '../testing/until.ts'

test('the log is ahead of a spool that was used: the doubtful frames are set aside, later ones rebuilt', async (t) => {
  const rig = await testRig(t)
  rig.append(4)
  rig.start()
  await settled(rig, 4)
  await rig.stop()
  rig.append(2)
  rig.gateway.head = { sequence: 50, hash: new Uint8Array(32).fill(1) }
  let requests = 0
  rig.gateway.interfere = ({ message }, gateway) => {
    if (message.case !== 'epochRequest' || requests++ > 0) return undefined
    assert.equal(message.value.reason, EpochReason.SPOOL_BEHIND)
    assert.equal(message.value.quarantinedFrames, 2n)
    rig.append(3)
    return [gateway.refusal(RefusalKind.WAIT, { retryAfterMs: 100 })]
  }
  rig.start()
  await until(() => rig.gateway.epoch === 2 && rig.lane.accepted === 3, 'three rebuilt frames in epoch 2')
  assert.deepEqual(
    rig.quarantined.map(({ sequence }) => sequence),
    [5, 6],
  )
  rig.append(1)
  await settled(rig, 4)
  assert.equal(rig.gateway.log.filter(({ epoch }) => epoch === 2).length, 4)
})

test('a spool from which nothing was ever sent is rebuilt whole in the new epoch', async (t) => {
  const rig = await testRig(t)
  rig.append(40)
  rig.gateway.head = { sequence: 7, hash: new Uint8Array(32).fill(1) }
  rig.start()
  await settled(rig, 40)
  assert.equal(rig.gateway.epoch, 2)
  assert.equal(rig.gateway.epochRequests[0]?.reason, EpochReason.FORK)
  assert.equal(rig.gateway.epochRequests[0]?.quarantinedFrames, 0n)
  assert.equal(rig.quarantined.length, 0)
  assert.equal(rig.gateway.log.length, 40)
})

test('frames dropped before a new epoch began become a gap of that epoch', async (t) => {
  const rig = await testRig(t, { maxBytes: 64 * 1024 })
  rig.append(40, 4000)
  const dropped = rig.lane.spool.base.sequence
  rig.gateway.head = { sequence: dropped + 1, hash: new Uint8Array(32).fill(1) }
  rig.start()
  await settled(rig, 40)
  const [gap, ...frames] = rig.gateway.log
  assert.deepEqual([gap?.epoch, gap?.first, gap?.last], [2, 1, dropped])
  assert.equal(gap?.reason, GapReason.LEFT_BEHIND)
  assert.equal(frames.length, 40 - dropped)
})

test('also when the new epoch has nothing else to say', async (t) => {
  const rig = await testRig(t, { maxBytes: 64 * 1024 })
  rig.append(1)
  rig.start()
  await settled(rig, 1)
  await rig.stop()
  rig.append(40, 4000)
  const dropped = rig.lane.spool.base.sequence
  const lost = dropped - rig.lane.spool.durable
  rig.gateway.head = { sequence: 500, hash: new Uint8Array(32).fill(1) }
  rig.start()
  await until(() => rig.gateway.epoch === 2, 'a new epoch')
  await settled(rig, lost)
  assert.equal(rig.quarantined.length, 41 - dropped)
  rig.append(1)
  await settled(rig, lost + 1)
  assert.equal(sequences(rig), `1 [1-${lost}] ${lost + 1}`)
})

test('a log ahead of all that was ever sent is not this spool’s, though the spool has gone on and dropped that far', async (t) => {
  const rig = await testRig(t, { maxBytes: 64 * 1024 })
  rig.append(3)
  rig.start()
  await settled(rig, 3)
  await rig.stop()
  rig.append(40, 4000)
  const dropped = rig.lane.spool.base.sequence
  assert.ok(dropped > 10)
  rig.gateway.head = { sequence: 9, hash: new Uint8Array(32).fill(1) }
  rig.start()
  const lost = dropped - 3
  await until(() => rig.gateway.epoch === 2, 'a new epoch')
  await settled(rig, lost)
  assert.equal(rig.gateway.epochRequests[0]?.reason, EpochReason.SPOOL_BEHIND)
  assert.equal(rig.gateway.log.at(-1)?.reason, GapReason.LEFT_BEHIND)
  assert.equal(rig.quarantined.length, 43 - dropped)
})

test('a grant that was missed is asked for again', async (t) => {
  const rig = await testRig(t)
  rig.append(2)
  rig.gateway.grant()
  rig.gateway.interfere = ({ message }, gateway) => {
    if (message.case !== 'epochRequest') return undefined
    gateway.epoch -= 1
    return [gateway.grant()]
  }
  rig.start()
  await settled(rig, 2)
  assert.equal(rig.lane.identity.epoch, 2)
})
