// The refresher as a job of the storage, and beside it what makes the rollups of sealed rows: where that fails, the newest
// minutes do not wait.

import type { Database } from '@secumon/infra/database/database'
import { generationsOf, type Generation } from '../../generations.ts'
import { NotYet, type StorageJob } from '../../storage/storage-job.ts'
import { samplesProjector } from '../project.ts'
import { refreshGeneration } from '../refresh-generation.ts'
import type { Refreshed } from './refresh.ts'
import { rollUpSealed } from './seal-old-rows.ts'

/** How long a run takes: a job can be stopped, and says how far it is, between two of them. */
const SEALED_FOR_MS = 30_000

export const rollUp: StorageJob = {
  name: 'roll-up',
  about: 'makes the rollups of the last minutes, and those again that got rows late',
  schedule: { everyMs: 60_000 },
  async run({ db, clock, settledMs, signal, logger }) {
    const live = await ownGeneration(db)
    if (!live) return undefined
    // A clock that has just jumped ahead leads nobody there.
    const nowMs = Math.min(clock.nowMs(), settledMs ?? Infinity)
    const done = await refreshGeneration({ db, generation: live, nowMs, signal })
    const { tooLate } = done
    if (tooLate > 0)
      logger.warn({ tooLate }, 'rows came later than their day was kept: their rollups stay as they are')
    return said(done)
  },
}

export const rollUpSealedRows: StorageJob = {
  name: 'roll-up-sealed',
  about: 'makes the rollups of rows that were sealed before there were any',
  schedule: { everyMs: 60_000 },
  async run({ db, signal }) {
    return (await ownGeneration(db)) && rollUpSealed({ db, forMs: SEALED_FOR_MS, signal })
  },
}

// Rollups have the columns that the live generation's code gives them. @throws NotYet
async function ownGeneration(db: Database): Promise<Generation | undefined> {
  const live = (await generationsOf(db, 'samples')).find(({ state }) => state === 'live')
  if (live && live.codeVersion !== samplesProjector().version)
    throw new NotYet('waits for the generation that this program builds')
  return live
}

function said({ steppedMs, remade, tooLate }: Refreshed): string | undefined {
  const parts = [
    steppedMs > 0 ? `${Math.round(steppedMs / 60_000)} min rolled up` : [],
    remade > 0 ? `${remade} buckets made again` : [],
    tooLate > 0 ? `${tooLate} came too late` : [],
  ].flat()
  return parts.length > 0 ? parts.join(', ') : undefined
}
