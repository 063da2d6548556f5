// All that is done to stored data again and again. A new job is one file and one line here.

import { alertRetention } from '../alerts/retention-job.ts'
import { logCountCheck } from '../logs/counts/check-job.ts'
import { logCounts } from '../logs/counts/compact-job.ts'
import { logIndex } from '../logs/index-job.ts'
import { logRetention } from '../logs/retention-job.ts'
import { daysAhead } from '../samples/days-ahead-job.ts'
import { freeSeries } from '../samples/custom/free-series-job.ts'
import { packClosedDays } from '../samples/packed/pack-closed-days.ts'
import { retention } from '../samples/retention-job.ts'
import { rollUp, rollUpSealedRows } from '../samples/rollups/roll-up-job.ts'
import { simulatedRetention } from '../samples/simulated-retention-job.ts'
import { tenantRetention } from '../samples/tenant-retention-job.ts'
import { diskRoom } from './disk-room-job.ts'
import { measureStorage } from './measure-storage-job.ts'
import type { StorageJob } from './storage-job.ts'

export const STORAGE_JOBS: readonly StorageJob[] = [
  daysAhead,
  rollUp,
  rollUpSealedRows,
  packClosedDays,
  retention,
  tenantRetention,
  simulatedRetention,
  freeSeries,
  alertRetention,
  logRetention,
  logCounts,
  logCountCheck,
  logIndex,
  measureStorage,
  diskRoom,
]
