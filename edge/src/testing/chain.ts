// Frames, clocks and directories for the tests of this room.

import { create } from '@bufbuild/protobuf'
import { sealFrame, sha256, type ChainHead, type ChainIdentity, type Sealed } from '@secumon/contracts/frame'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import { privateKeyFromSeed } from '@secumon/contracts/signing'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostClock, SealedAt } from '../host-clock.ts'

export const TEST_KEY = privateKeyFromSeed(new Uint8Array(32).fill(7))
export const TEST_CHAIN: ChainIdentity = {
  tenant: 'main',
  agent: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  epoch: 1,
  lane: 'telemetry',
}
export const TEST_ANCHOR: ChainHead = { sequence: 0, hash: sha256(Buffer.from('epoch 1')) }
export const BOOT = '11111111-2222-3333-4444-555555555555'
export const AT: SealedAt = { bootId: BOOT, uptimeMs: 5_000 }

/** A clock that moves only when told. */
export type TestClock = HostClock & { wallMs: number; runningMs: number; bootId: string }

export function testClock(): TestClock {
  const clock: TestClock = {
    wallMs: 1_790_000_000_000,
    runningMs: 10_000,
    bootId: BOOT,
    nowMs: () => clock.wallMs,
    monotonicMs: () => clock.runningMs,
    uptimeMs: () => clock.runningMs,
  }
  return clock
}

export const observation = (atMs: number, bytes = 0): Observation =>
  create(ObservationSchema, {
    atMs: BigInt(atMs),
    periodMs: 10_000,
    inventory: bytes > 0 ? { hostname: 'x'.repeat(bytes) } : undefined,
  })

/** The frame that follows `head`. */
export const frameAfter = (head: ChainHead, bytes = 0, chain = TEST_CHAIN): Sealed =>
  sealFrame(
    chain,
    head,
    { sentAtMs: 1000 + head.sequence, observations: [observation(head.sequence, bytes)] },
    TEST_KEY,
  )

// In memory where the system has it: the tests flush files thousands of times.
const ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

type Scope = { after(cleanUp: () => Promise<void> | void): void }

/** @param beforeRemoval stops what uses the directory */
export function testDirectory(scope: Scope, beforeRemoval?: () => Promise<void>): string {
  const directory = mkdtempSync(join(ROOT, 'secumon-edge-'))
  scope.after(async () => {
    await beforeRemoval?.()
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}
