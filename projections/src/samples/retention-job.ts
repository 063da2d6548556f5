// Drops what of the samples is past its retention. Dead letters go with them, for what is past retention could not be
// stored any more.

import { DAY_MS } from '@secumon/migrations/partitions'
import { forgetDeadLetters } from '../dead-letters.ts'
import { generationsOf, type Generation } from '../generations.ts'
import { QUERIES_FOLLOW_MS } from '../live-generation.ts'
import { pause } from '../pause.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { NotYet, settledMs, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { samplesProjector } from './project.ts'
import { dropBefore } from './retention-drop.ts'
import { raiseFloor } from './retention-floor.ts'
import { keptRelations } from './retention-relations.ts'

export const retention: StorageJob = {
  name: 'retention',
  about: 'drops samples and rollups past their retention, and dead letters with them',
  schedule: 'daily',
  async run(context) {
    const nowMs = settledMs(context)
    await forgetWhatWasNeverTaken(context, nowMs)
    const { db, kept, logger } = context
    const removed = await forgetSealed(db, samplesProjector({ kept }), nowMs)
    if (removed > 0) logger.info({ removed }, 'sealed samples are past their retention')
    const live = await liveSamples(context)
    const { dropped, waits } = await keepRelations(context, live, nowMs)
    if (waits.length > 0) throw new NotYet([...dropped, ...waits].join('; '))
    return dropped.length > 0 ? dropped.join('; ') : undefined
  },
}

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

export type Kept = {
  /** What was dropped, in words. */
  readonly dropped: readonly string[]
  /** What may not be dropped yet, and why. */
  readonly waits: readonly string[]
}

/**
 * Raises the floor of each relation to what is kept of it and drops what lies below. Where somebody keeps one locked the
 * others are done all the same. @throws what kept one of them from being done
 */
export async function keepRelations(context: JobContext, live: Generation, nowMs: number): Promise<Kept> {
  const { db, kept, signal } = context
  const today = Math.floor(nowMs / DAY_MS)
  const floors: { readonly relation: string; readonly floorMs: number }[] = []
  const waits: string[] = []
  let isHigher = false
  for (const { relation, keptDays, feeds } of keptRelations(kept)) {
    const raised = await raiseFloor(db, live, { relation, feeds, wantedMs: (today - keptDays) * DAY_MS })
    if (raised.floorMs !== undefined) floors.push({ relation, floorMs: raised.floorMs })
    if (raised.waitsFor !== undefined) waits.push(raised.waitsFor)
    isHigher ||= raised.isHigher
  }
  // A query that knew of the floors before may still ask for what lies below them.
  if (isHigher) await pause(QUERIES_FOLLOW_MS * 2, signal)
  signal.throwIfAborted()
  return { dropped: await dropBelow(context, live, floors), waits }
}

type Floor = { readonly relation: string; readonly floorMs: number }

async function dropBelow(context: JobContext, live: Generation, floors: readonly Floor[]): Promise<string[]> {
  const { db, signal, logger } = context
  const said: string[] = []
  const failures: unknown[] = []
  for (const { relation, floorMs } of floors) {
    try {
      const below = { schema: live.schema, table: relation, beforeMs: floorMs }
      const { names, rows } = await dropBefore(db, below, signal)
      if (names.length > 0) said.push(`dropped ${names.join(', ')}`)
      if (rows > 0) said.push(`removed ${rows} rows of ${relation}`)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (said.length > 0) logger.info({ dropped: said }, 'samples are past their retention')
  if (failures.length > 0) throw failures[0]
  return said
}
