// A lane's chain as it moves from one epoch to the next.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealedNow } from '../host-clock.ts'
import { openMemorySpool } from '../spool/memory-spool.ts'
import { observation, TEST_CHAIN, TEST_KEY, testClock } from '../testing/chain.ts'
import { LaneChain, type SigningChain } from './lane-chain.ts'

const chain = (epoch: number): SigningChain => ({
  identity: { ...TEST_CHAIN, epoch },
  epochStarted: Buffer.from(`epoch ${epoch}`),
  key: TEST_KEY,
})

test('a frame appended right after a move began goes along', async () => {
  const clock = testClock()
  const lane = new LaneChain({
    chain: chain(1),
    openSpool: (_, anchor) => openMemorySpool({ anchor }),
    commit: () => undefined,
    discard: () => undefined,
    quarantine: () => assert.fail('nothing was sent, so nothing is in doubt'),
  })
  const append = () =>
    lane.append([observation(clock.nowMs())], { sentAtMs: clock.nowMs(), sealedAt: sealedNow(clock) })
  append()
  const moving = lane.move(chain(2))
  append()
  await moving
  assert.equal(lane.identity.epoch, 2)
  assert.equal(lane.spool.head.sequence, 2)
})
