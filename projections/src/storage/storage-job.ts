// Something that is done to stored data again and again, by one process at a time: rolling up, packing, dropping.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import type { TimeSeriesEdition } from '@secumon/migrations/timescale'
import type { Logger } from 'pino'
import type { ReadDisk } from './disk-space.ts'
import type { KeptDays } from './kept-days.ts'

/** Every so often, or once a day at the hour of retention. */
export type Schedule = { readonly everyMs: number } | 'daily'

export type JobContext = {
  /** Connections that only jobs use; a statement may take long. */
  readonly db: Database
  readonly edition: TimeSeriesEdition
  readonly clock: Pick<Clock, 'nowMs'>
  /** By it things are old enough to be removed; undefined while the clock has not stood for an hour. */
  readonly settledMs: number | undefined
  readonly kept: KeptDays
  /** How much room the database has. */
  readonly disk: ReadDisk
  /** How long queries elsewhere may go on with what they knew of relations, ms; absent: as long as they do. */
  readonly queriesFollowMs?: number
  readonly logger: Logger
  /** Aborts when the job has to end; a statement that runs then is cancelled soon after. */
  readonly signal: AbortSignal
}

export type StorageJob = {
  /** Kebab-case. */
  readonly name: string
  /** What it does, a sentence for people. */
  readonly about: string
  readonly schedule: Schedule
  /** What it removes is gone for good: people are asked before they have it done. */
  readonly deletes?: true
  /**
   * Safe to be called at any time, and to be killed in the middle; says what it did, undefined where there was nothing to
   * do. @throws NotYet where it has to wait for something, and what keeps it from being done: it is tried again, and told of
   */
  run(context: JobContext): Promise<string | undefined>
}

/** Nothing is wrong, but a job has to wait for what the message says. It is tried again within a minute. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
}

/** The time by which things are old enough to be removed for ever. @throws NotYet while no clock can be trusted */
export function settledMs(context: Pick<JobContext, 'settledMs'>): number {
  if (context.settledMs === undefined) throw new NotYet('waits until the clock has stood for an hour')
  return context.settledMs
}
