// Drops what of the samples is past its retention. Dead letters go with them, for what is past retention could not be
// stored any more.

import { DAY_MS } from '@secumon/migrations/partitions'
import { forgetDeadLetters } from '../dead-letters.ts'
import { generationsOf, type Generation } from '../generations.ts'
import type { Projector } from '../projector.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { NotYet, settledMs, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { samplesProjector } from './project.ts'
import { letGo } from './retention-keep.ts'
import { keptRelations } from './retention-relations.ts'
import { sealedStillNeeded } from './rollups/seal-old-rows.ts'

export const retention: StorageJob = {
  name: 'retention',
  about: 'drops samples and rollups past their retention, and dead letters with them',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const nowMs = settledMs(context)
    await forgetWhatWasNeverTaken(context, nowMs)
    const { db, kept, logger } = context
    const live = await liveSamples(context)
    const today = Math.floor(nowMs / DAY_MS)
    const wanted = keptRelations(kept).map(({ keptDays, ...relation }) => ({
      ...relation,
      wantedMs: (today - keptDays) * DAY_MS,
    }))
    const { dropped, waits } = await letGo(context, live, wanted)
    const needed = await sealedStillNeeded(db)
    const removed = await forgetSealed(db, without(needed, samplesProjector({ kept })), nowMs)
    if (removed > 0) logger.info({ removed }, 'sealed samples are past their retention')
    const all = [...dropped, ...waits, ...[...needed].map(sealedWaits)]
    if (all.length > dropped.length) throw new NotYet(all.join('; '))
    return dropped.length > 0 ? dropped.join('; ') : undefined
  },
}

/** What is said while sealed rows of a relation have yet to be rolled up. */
export const sealedWaits = (relation: string): string => `sealed rows of ${relation} wait to be rolled up`

const without = (needed: ReadonlySet<string>, { name, tables = [], derived }: Projector) => ({
  name,
  tables: tables.filter((table) => !needed.has(table.name)),
  ...(derived && {
    derived: { ...derived, tables: derived.tables.filter((made) => !needed.has(made.name)) },
  }),
})

/** @throws NotYet before there is one */
export async function liveSamples({ db }: Pick<JobContext, 'db'>): Promise<Generation> {
  const live = (await generationsOf(db, 'samples')).find(({ state }) => state === 'live')
  if (!live) throw new NotYet('waits for the first sample table')
  return live
}

async function forgetWhatWasNeverTaken({ db, kept, logger }: JobContext, nowMs: number): Promise<void> {
  const forgotten = await forgetDeadLetters(db, nowMs - kept.raw * DAY_MS)
  if (forgotten > 0) logger.warn({ forgotten }, 'dead letters past their retention were never taken')
}
