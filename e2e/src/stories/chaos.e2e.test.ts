// Five faults of different kinds, drawn from a fixed seed: after each one every observation that a spool has taken is in
// the archive and in the tables exactly once, and in the end the archive is checked from its bytes up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { drawPlan } from '../chaos/draw.ts'
import { findFacilities } from '../chaos/facilities.ts'
import { describeFault } from '../chaos/fault.ts'
import { archiveTorn } from '../chaos/faults/archive-torn.ts'
import { copyKilled } from '../chaos/faults/copy-killed.ts'
import { diskFull } from '../chaos/faults/disk-full.ts'
import { killed } from '../chaos/faults/killed.ts'
import { snapshotRestored } from '../chaos/faults/snapshot.ts'
import { storeDeleted, storeRolledBack } from '../chaos/faults/store.ts'
import { FAULTS } from '../chaos/faults/table.ts'
import { runChaos } from '../chaos/run.ts'

const CAST = { agents: 10, fleets: 2, isBrief: true }
const SEED = 5
const HEAL_MS = 120_000

test('the same seed draws the same faults', () => {
  const draw = (seed: number) => drawPlan({ seed, faults: 60, kinds: FAULTS, ...CAST }).map(describeFault)
  assert.deepEqual(draw(1), draw(1))
  assert.notDeepEqual(draw(1), draw(2))
})

test('five faults of five kinds', { timeout: 220_000 }, async (t) => {
  const facilities = await findFacilities(['volumes'], (line) => t.diagnostic(line))
  const filled = facilities.has('volumes') ? diskFull : killed
  const kinds = [storeRolledBack, storeDeleted, copyKilled, archiveTorn, snapshotRestored, filled]
  const plan = drawPlan({ seed: SEED, faults: 5, kinds, isEven: true, ...CAST })
  const say = (line: string) => t.diagnostic(line)
  const { signal } = t
  const directory = await temporaryDirectory(t)
  const options = { directory, seed: SEED, periodMs: 1_000, facilities, plan, say, signal, ...CAST }
  const { outcomes, verdict } = await runChaos({ ...options, healMs: HEAL_MS })
  assert.equal(outcomes.length, 5)
  assert.ok(verdict.observations > 100, `${verdict.observations} observations`)
  t.diagnostic(JSON.stringify(verdict))
})
