// Makes the index of days of log lines that are over, the newest first and one in a run: what is asked for is mostly
// young, other jobs get their turn between, and how far it is stands in the jobs.

import { DAY_MS } from '@secumon/migrations/partitions'
import { liveSchema, NoGeneration } from '../live-generation.ts'
import { NotYet, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { LOW_SHARE } from '../storage/disk-space.ts'
import {
  daysWithoutIndex,
  indexDay,
  NoTrigrams,
  oldSnapshot,
  roomOfIndex,
  type DayOfLines,
} from './line-index.ts'

/** Most of what comes late has come by then. */
const CLOSED_AFTER_MS = 3 * 3_600_000

/** Where less would stay free none is made: somewhat more than where days of samples go before their time. */
const LEAST_FREE_SHARE = LOW_SHARE + 0.05

/** Who makes an index waits for all that see the database as it was before. */
const OLD_MS = 3 * 60_000

export const logIndex: StorageJob = {
  name: 'log-index',
  about: 'makes days of log lines that are over quick to search for parts of messages',
  schedule: 'daily',
  async run(context) {
    try {
      const schema = await liveSchema(context.db, 'logs')
      const [day, ...others] = await daysToIndex(context, schema)
      if (day === undefined) return undefined
      const waits = (await lackOfRoom(context, { schema, day })) ?? (await oldSnapshot(context.db, OLD_MS))
      if (waits !== undefined) throw new NotYet(waits)
      await indexDay(context.db, { schema, day })
      const did = `indexed ${new Date(day * DAY_MS).toISOString().slice(0, 10)}`
      if (others.length === 0) return did
      throw new NotYet(`${did}; ${others.length} more to go`)
    } catch (error) {
      // Lines are kept in Loki, or there were none yet.
      if (error instanceof NoGeneration) return undefined
      if (error instanceof NoTrigrams) return `searches read whole days: ${error.message}`
      throw error
    }
  },
}

// Not what the next retention drops.
async function daysToIndex({ db, clock, kept }: JobContext, schema: string): Promise<number[]> {
  const nowMs = clock.nowMs()
  const first = Math.floor(nowMs / DAY_MS) - kept.logs + 1
  const days = await daysWithoutIndex(db, schema)
  return days.filter((day) => day >= first && (day + 1) * DAY_MS + CLOSED_AFTER_MS <= nowMs)
}

async function lackOfRoom({ db, disk }: JobContext, day: DayOfLines): Promise<string | undefined> {
  const space = await disk(db)
  if (space === undefined) return undefined
  const free = (space.freeBytes - (await roomOfIndex(db, day))) / space.totalBytes
  if (free >= LEAST_FREE_SHARE) return undefined
  const percent = (share: number): string => `${Math.max(0, Math.floor(share * 100))} %`
  return `waits for room: an index would leave ${percent(free)} of the disk free, it needs ${percent(LEAST_FREE_SHARE)}`
}
