// Something that is done to stored data again and again, by one process at a time: rolling up, packing, dropping.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import type { TimeSeriesEdition } from '@secumon/migrations/timescale'
import type { Logger } from 'pino'

/** Every so often, or once a day at the hour of retention. */
export type Schedule = { readonly everyMs: number } | 'daily'

export type JobContext = {
  readonly db: Database
  readonly edition: TimeSeriesEdition
  readonly clock: Pick<Clock, 'nowMs'>
  /** By it things are old enough to be removed; undefined while the clock has not stood for an hour. */
  readonly settledMs: number | undefined
  readonly logger: Logger
  readonly signal: AbortSignal
}

export type StorageJob = {
  /** Kebab-case. */
  readonly name: string
  /** What it does, a sentence for people. */
  readonly about: string
  readonly schedule: Schedule
  /** Editions whose database does it by itself; absent: none does. */
  readonly notOn?: readonly TimeSeriesEdition[]
  /**
   * Safe to be called at any time, and to be killed in the middle; says what it did, undefined where there was nothing to
   * do. @throws what keeps it from being done: it is tried again, and told of
   */
  run(context: JobContext): Promise<string | undefined>
}
