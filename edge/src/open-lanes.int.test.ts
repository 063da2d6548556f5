// A new identity for both lanes, with the power cut at every single change to the files: the next start finds all of the
// old one or all of the new one, and everything that was unsent.

import { create, fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { LogBlockSchema } from '@secumon/contracts/gen/log'
import { rawPublicKey } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { cpSync, rmSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sealedNow } from './host-clock.ts'
import { moveLanes, openLanes, withChain, type Lanes } from './open-lanes.ts'
import { StateDirectory, type Enrolled } from './state/state-directory.ts'
import { observation, TEST_CHAIN, testClock, testDirectory } from './testing/chain.ts'
import { dieAt } from './testing/dying-disk.ts'
import type { LaneChain } from './uplink/lane-chain.ts'

const SUCCESSOR = '01BX5ZZKBKACTAV9WEVGEMMVRZ'
const NOTE = 'how far every file was read'
const FRAMES = 3

const clock = testClock()

function enrolled(agent: string, key: Enrolled['key']): Enrolled {
  const started = (lane: string) => ({ epoch: 1, epochStarted: Buffer.from(`${agent} ${lane}`) })
  const epochs = { telemetry: started('telemetry'), logs: started('logs') }
  const ingestUrl = 'http://localhost:1'
  return {
    identity: { tenant: 'main', agent, ingestUrl, configPublicKey: rawPublicKey(key), epochs },
    key,
  }
}

function lanesOf(state: StateDirectory): Lanes {
  const present = state.load()
  assert(present)
  return openLanes(present, {
    state,
    clock,
    limits: {},
    logsBytes: 64 * 1024 ** 2,
    quarantine: () => assert.fail('nothing was sent, so nothing is in doubt'),
    commit: (chain) => state.save(withChain(present, chain)),
  })
}

/** What a host has whose frames were never sent. */
async function prepare(path: string): Promise<void> {
  const state = new StateDirectory(path)
  state.save(enrolled(TEST_CHAIN.agent, state.enrolmentKey()))
  const { telemetry, logs } = lanesOf(state)
  assert(logs)
  for (let i = 1; i <= FRAMES; i++) {
    const made = { sentAtMs: i, sealedAt: sealedNow(clock) }
    telemetry.append({ observations: [observation(i)] }, made)
    const block = create(LogBlockSchema, { uncompressedBytes: i })
    logs.append({ logBlocks: [block] }, made, Buffer.from(NOTE))
  }
  await telemetry.close()
  await logs.close()
  state.close()
}

/** The successor's key is made and kept before the API hears of it. */
async function becomeSuccessor(path: string): Promise<void> {
  const state = new StateDirectory(path)
  const lanes = lanesOf(state)
  const successor = enrolled(SUCCESSOR, state.enrolmentKey())
  await moveLanes(lanes, successor, () => state.save(successor))
  for (const lane of lanes.all) await lane.close()
  state.close()
}

const frames = ({ spool }: LaneChain): number[] => {
  const cursor = spool.read(1)
  const found: number[] = []
  for (let entry = cursor.next(); entry; entry = cursor.next()) {
    assert(entry.kind === 'frame')
    const { observations, logBlocks } = fromBinary(AgentFrameSchema, entry.record.bytes)
    found.push(Number(observations[0]?.atMs ?? logBlocks[0]?.uncompressedBytes))
  }
  cursor.close()
  return found
}

/** Who the host is after a start. */
async function requireWhole(path: string, at: string): Promise<string> {
  const state = new StateDirectory(path)
  const { telemetry, logs } = lanesOf(state)
  assert(logs)
  assert.equal(logs.identity.agent, telemetry.identity.agent)
  for (const lane of [telemetry, logs])
    assert.deepEqual(frames(lane), [1, 2, 3], `${lane.identity.lane} ${at}`)
  assert.equal(Buffer.from(logs.spool.note ?? []).toString(), NOTE, at)
  assert.equal(readdirSync(join(path, 'spool')).length, 2, at)
  await telemetry.close()
  await logs.close()
  state.close()
  return telemetry.identity.agent
}

test('killed at any change to its files, a host is one agent or the other with both lanes whole', async (t) => {
  const directory = testDirectory(t)
  const host = join(directory, 'host')
  await prepare(host)
  const became = new Set<string>()
  let change = 1
  for (let isOver = false; !isOver; change++) {
    const path = join(directory, String(change))
    cpSync(host, path, { recursive: true })
    const disk = dieAt(change)
    await becomeSuccessor(path).catch(() => undefined)
    disk.restore()
    isOver = !disk.isDead
    const found = join(directory, `${change}-found`)
    // The locks of the dead hold nobody; of this process they would.
    cpSync(path, found, { recursive: true, filter: (name) => !name.endsWith('lock') })
    const agent = await requireWhole(found, `at change ${change}`)
    became.add(agent)
    // What was cut off is done by the next attempt.
    if (agent === TEST_CHAIN.agent) await becomeSuccessor(found)
    assert.equal(await requireWhole(found, `again after change ${change}`), SUCCESSOR)
    rmSync(path, { recursive: true })
  }
  t.diagnostic(`${change} changes`)
  assert.deepEqual([...became], [TEST_CHAIN.agent, SUCCESSOR])
})
