// A lane's chain as it moves from one epoch to the next.

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sealedNow } from '../host-clock.ts'
import type { Spool } from '../spool/spool.ts'
import { openSpool } from '../spool/file-spool.ts'
import { openMemorySpool } from '../spool/memory-spool.ts'
import { observation, TEST_CHAIN, TEST_KEY, testClock, testDirectory } from '../testing/chain.ts'
import { shown } from '../testing/test-spool.ts'
import { LaneChain, type LaneChainOptions, type SigningChain } from './lane-chain.ts'
import { moveTogether } from './lane-move.ts'

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
    lane.append(
      { observations: [observation(clock.nowMs())] },
      { sentAtMs: clock.nowMs(), sealedAt: sealedNow(clock) },
    )
  append()
  const moving = lane.move(chain(2))
  append()
  await moving
  assert.equal(lane.identity.epoch, 2)
  assert.equal(lane.spool.head.sequence, 2)
})

test('lanes whose move failed can move again, even if a new spool could not be closed', async () => {
  const open = (isBad: boolean) =>
    new LaneChain({
      chain: chain(1),
      openSpool: ({ epoch }, anchor) => {
        const spool = openMemorySpool({ anchor })
        if (isBad && epoch === 2) spool.close = () => Promise.reject(new Error('EIO'))
        return spool
      },
      commit: () => undefined,
      discard: () => undefined,
      quarantine: () => assert.fail('nothing was sent, so nothing is in doubt'),
    })
  const lanes = [open(true), open(false)].map((lane) => ({ lane, next: chain(2) }))
  const full = new Error('ENOSPC')
  const failing = moveTogether(lanes, () => {
    throw full
  })
  await assert.rejects(failing, full)
  await moveTogether(lanes, () => undefined)
  assert.deepEqual(
    lanes.map(({ lane }) => lane.identity.epoch),
    [2, 2],
  )
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
    lane.append(
      { observations: [observation(clock.nowMs())] },
      { sentAtMs: clock.nowMs(), sealedAt: sealedNow(clock) },
    )
  append()
  await lane.move(chain(2))
  assert.deepEqual(synced, [1, 2, 3, 4])
})

type Scope = Parameters<typeof testDirectory>[0]
type OpenSpool = LaneChainOptions['openSpool']

const SMALL_BYTES = 8 * 1024
const FRAME_BYTES = 1_000

function inFiles(scope: Scope, directory = testDirectory(scope)): OpenSpool {
  const clock = testClock()
  return ({ epoch }, anchor) => {
    const path = join(directory, String(epoch))
    return openSpool({ directory: path, anchor, clock, limits: { maxBytes: SMALL_BYTES } })
  }
}

const inMemory = (): OpenSpool => (_, anchor) => openMemorySpool({ anchor, maxBytes: SMALL_BYTES })

const SPOOLS = [
  { kind: 'files', spools: inFiles },
  { kind: 'memory', spools: inMemory },
]

function smallLane(open: OpenSpool, options: Partial<LaneChainOptions> = {}) {
  const clock = testClock()
  const lane = new LaneChain({
    chain: chain(1),
    openSpool: open,
    commit: () => undefined,
    discard: () => undefined,
    quarantine: () => undefined,
    ...options,
  })
  const append = (count: number) => {
    for (let i = 0; i < count; i++)
      lane.append(
        { observations: [observation(clock.nowMs(), FRAME_BYTES)] },
        {
          sentAtMs: clock.nowMs(),
          sealedAt: sealedNow(clock),
        },
      )
  }
  return { lane, append }
}

for (const { kind, spools } of SPOOLS) {
  test(`what the last frame noted goes along, in ${kind}`, async (t) => {
    const { lane, append } = smallLane(spools(t))
    append(2)
    lane.spool.remember(Buffer.from('how far it came'))
    await lane.spool.sync()
    lane.fork()
    await lane.move(chain(2))
    assert.equal(Buffer.from(lane.spool.note ?? []).toString(), 'how far it came')
    await lane.close()
  })

  test(`frames that were dropped keep their places in the next chain, in ${kind}`, async (t) => {
    const { lane, append } = smallLane(spools(t))
    append(20)
    const dropped = lane.spool.base.sequence
    assert.ok(dropped > 5 && dropped < 20)
    const moved = await lane.move(chain(2))
    assert.deepEqual(moved, { rebuilt: 20 - dropped, quarantined: 0, lost: dropped })
    assert.equal(lane.spool.head.sequence, 20)
    const kept = Array.from({ length: 20 - dropped }, (_, i) => dropped + 1 + i)
    assert.equal(shown(lane.spool), [`[1-${dropped} left]`, ...kept].join(' '))
    append(20)
    const base = lane.spool.base.sequence
    assert.match(shown(lane.spool), new RegExp(`^\\[1-20 left\\] \\[21-${base} dropped\\] ${base + 1} .*40$`))
    await lane.close()
  })

  test(`with nothing to rebuild the next chain still says how many are missing, in ${kind}`, async (t) => {
    const { lane, append } = smallLane(spools(t))
    append(20)
    const dropped = lane.spool.base.sequence
    await lane.spool.sync()
    lane.fork()
    assert.deepEqual(await lane.move(chain(2)), { rebuilt: 0, quarantined: 20 - dropped, lost: dropped })
    assert.equal(shown(lane.spool), `[1-${dropped} left]`)
    append(1)
    assert.equal(shown(lane.spool), `[1-${dropped} left] ${dropped + 1}`)
    await lane.close()
  })

  test(`what was durable is in the archive and keeps no place, in ${kind}`, async (t) => {
    const { lane, append } = smallLane(spools(t))
    append(20)
    const dropped = lane.spool.base.sequence
    lane.spool.free(dropped - 2)
    assert.equal((await lane.move(chain(2))).lost, 2)
    assert.match(shown(lane.spool), /^\[1-2 left\] 3 /)
    await lane.close()
  })

  test(`frames dropped while a chain moves keep their places, in ${kind}`, async (t) => {
    const { lane, append } = smallLane(spools(t))
    append(3)
    const moving = lane.move(chain(2))
    append(40)
    const { rebuilt, lost } = await moving
    assert.ok(lost > 0)
    assert.equal(rebuilt + lost, 43)
    assert.equal(lane.spool.head.sequence, 43)
    await lane.close()
  })
}

test('a move that was cut off is made again whole, and a restart finds its places', async (t) => {
  const directory = testDirectory(t)
  const open = inFiles(t, directory)
  const failing = smallLane(open, {
    commit: () => {
      throw new Error('the power fails')
    },
  })
  failing.append(20)
  const dropped = failing.lane.spool.base.sequence
  await assert.rejects(failing.lane.move(chain(2)), /the power fails/)
  await failing.lane.close()
  rmSync(join(directory, '2'), { recursive: true })
  const { lane } = smallLane(open)
  assert.equal((await lane.move(chain(2))).lost, dropped)
  const places = shown(lane.spool)
  assert.ok(places.startsWith(`[1-${dropped} left] ${dropped + 1} `), places)
  await lane.close()
  const restarted = smallLane(open, { chain: chain(2) })
  assert.equal(shown(restarted.lane.spool), places)
  await restarted.lane.close()
})
