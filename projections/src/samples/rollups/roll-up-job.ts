// The refresher as a job of the storage.

import { generationsOf } from '../../generations.ts'
import { NotYet, type StorageJob } from '../../storage/storage-job.ts'
import { samplesProjector } from '../project.ts'
import { refreshGeneration } from '../refresh-generation.ts'
import type { Refreshed } from './refresh.ts'
import { rollUpSealed } from './seal-old-rows.ts'

/** Of rows that were sealed before there were rollups, in each run: the newest minutes come first. */
const SEALED_FOR_MS = 30_000

export const rollUp: StorageJob = {
  name: 'roll-up',
  about: 'makes the rollups of the last minutes, and those again that got rows late',
  schedule: { everyMs: 60_000 },
  async run({ db, clock, settledMs, signal, logger }) {
    const live = (await generationsOf(db, 'samples')).find(({ state }) => state === 'live')
    if (!live) return undefined
    if (live.codeVersion !== samplesProjector().version)
      throw new NotYet('waits for the generation that this program builds')
    // A clock that has just jumped ahead leads nobody there.
    const nowMs = Math.min(clock.nowMs(), settledMs ?? Infinity)
    const done = await refreshGeneration({ db, generation: live, nowMs, signal })
    const { tooLate } = done
    if (tooLate > 0)
      logger.warn({ tooLate }, 'rows came later than their day was kept: their rollups stay as they are')
    const sealed = await rollUpSealed({ db, forMs: SEALED_FOR_MS, signal })
    return said(done, sealed)
  },
}

function said({ steppedMs, remade, tooLate }: Refreshed, sealed: string | undefined): string | undefined {
  const parts = [
    steppedMs > 0 ? `${Math.round(steppedMs / 60_000)} min rolled up` : [],
    remade > 0 ? `${remade} buckets made again` : [],
    tooLate > 0 ? `${tooLate} came too late` : [],
    sealed ?? [],
  ].flat()
  return parts.length > 0 ? parts.join(', ') : undefined
}
