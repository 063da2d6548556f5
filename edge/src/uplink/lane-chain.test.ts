// A lane's chain as it moves from one epoch to the next.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealedNow } from '../host-clock.ts'
import type { Spool } from '../spool/spool.ts'
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

test('a move is committed only when every frame of the new spool survives a power failure', async () => {
  const clock = testClock()
  const spools: Spool[] = []
  const synced: number[] = []
  const lane = new LaneChain({
    chain: chain(1),
    openSpool: (_, anchor) => {
      const spool = openMemorySpool({ anchor })
      const sync = spool.sync.bind(spool)
      spool.sync = async () => {
        // The disk is slow, and measuring goes on.
        if (spools.length === 2 && synced.length < 3) append()
        const { sequence } = spool.head
        await sync()
        synced.push(sequence)
      }
      spools.push(spool)
      return spool
    },
    commit: () => assert.equal(synced.at(-1), spools[1]?.head.sequence),
    discard: () => undefined,
    quarantine: () => assert.fail('nothing was sent, so nothing is in doubt'),
  })
  const append = () =>
    lane.append([observation(clock.nowMs())], { sentAtMs: clock.nowMs(), sealedAt: sealedNow(clock) })
  append()
  await lane.move(chain(2))
  assert.deepEqual(synced, [1, 2, 3, 4])
})
