// All kinds of faults: one line each.

import type { FaultKind } from '../fault.ts'
import { archiveTorn } from './archive-torn.ts'
import { clockJump } from './clock.ts'
import { copyKilled } from './copy-killed.ts'
import { diskFull } from './disk-full.ts'
import { frozen } from './frozen.ts'
import { killed } from './killed.ts'
import { badWeather, linkCut } from './network.ts'
import { snapshotRestored } from './snapshot.ts'
import { bitsFlipped, blockTruncated, storeDeleted, storeRolledBack } from './store.ts'
import { twoAtOnce } from './two-at-once.ts'

export const FAULTS: readonly FaultKind[] = [
  killed,
  frozen,
  storeRolledBack,
  storeDeleted,
  blockTruncated,
  bitsFlipped,
  copyKilled,
  diskFull,
  linkCut,
  badWeather,
  clockJump,
  snapshotRestored,
  archiveTorn,
  twoAtOnce,
]
