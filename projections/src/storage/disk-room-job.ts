// Where the database's disk is nearly full, the oldest days as measured go before their time, one after the other, until
// there is room or only the last three are left. What is rolled up of them stays.

import { DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import type { Generation } from '../generations.ts'
import { liveSamples } from '../samples/retention-job.ts'
import { letGo, type LetGo } from '../samples/retention-keep.ts'
import { keptRelations } from '../samples/retention-relations.ts'
import { SAMPLE_TABLES } from '../samples/tables.ts'
import { isLow, readDiskFact, writeDiskFact, type DiskFact, type DiskSpace } from './disk-space.ts'
import { settledMs, type JobContext, type StorageJob } from './storage-job.ts'

/** Nothing goes that is not so old. */
export const FEWEST_RAW_DAYS = 3
/** Room that was used up since a day went which gave none back: the next one goes. */
const USED_UP_SHARE = 0.01

export const diskRoom: StorageJob = {
  name: 'disk-room',
  about: "looks how much room the database's disk has, and drops the oldest days before it is full",
  schedule: { everyMs: 60_000 },
  async run(context) {
    const { db, clock, logger } = context
    const before = await readDiskFact(db)
    const space = (await context.disk(db)) ?? null
    const tightened = before?.tightened ?? null
    const fact: DiskFact = { atMs: clock.nowMs(), space, tightened }
    await writeDiskFact(db, fact)
    if (space === null) return 'how much room the disk has is not known'
    if (!isLow(space)) return undefined
    if (!before?.space || !isLow(before.space))
      logger.error(space, "the database's disk is nearly full: the oldest days go before their time")
    return makeRoom(context, { ...fact, space })
  },
}

type Low = DiskFact & { readonly space: DiskSpace }

async function makeRoom(context: JobContext, low: Low): Promise<string> {
  const { db, clock, signal, logger } = context
  const live = await liveSamples(context)
  const lastDay = Math.floor(settledMs(context) / DAY_MS) - FEWEST_RAW_DAYS
  let { space, tightened } = low
  while (isLow(space) && mayTighten({ space, tightened }, clock.nowMs()) && !signal.aborted) {
    const day = await oldestDay(context, live)
    if (day === undefined || day >= lastDay)
      return `only the last ${FEWEST_RAW_DAYS} days are left: make room`
    const { dropped, rows, waits } = await dropDay(context, live, day)
    if (dropped.length === 0) return waits.join('; ') || 'nothing could be dropped'
    logger.warn(
      { day: dateOf(day), dropped },
      'a day was dropped before its retention: the disk is nearly full',
    )
    space = (await context.disk(db)) ?? space
    tightened = rows > 0 ? { atMs: clock.nowMs(), freeBytes: space.freeBytes, oldestDay: day + 1 } : null
    await writeDiskFact(db, { atMs: clock.nowMs(), space, tightened })
  }
  return isLow(space)
    ? 'the room of what was removed is taken by what is measured: make more'
    : 'there is room again'
}

// What is removed from tables that stay gives them room, and none to the disk: one day of that lasts for a day.
function mayTighten({ space, tightened }: Pick<Low, 'space' | 'tightened'>, nowMs: number): boolean {
  if (tightened === null || nowMs - tightened.atMs >= DAY_MS) return true
  return space.freeBytes < tightened.freeBytes - USED_UP_SHARE * space.totalBytes
}

function dropDay(context: JobContext, live: Generation, day: number): Promise<LetGo> {
  const raw = keptRelations(context.kept).filter(({ relation }) => RAW.includes(relation))
  return letGo(
    context,
    live,
    raw.map((relation) => ({ ...relation, wantedMs: (day + 1) * DAY_MS })),
  )
}

const RAW: readonly string[] = SAMPLE_TABLES.map(({ table }) => table)

/** The first day that rows as measured may lie in. */
async function oldestDay({ db }: JobContext, { schema }: Generation): Promise<number | undefined> {
  const days = [...(await listPartitions(db, schema))].flatMap(([table, held]) =>
    RAW.includes(table) ? held : [],
  )
  const oldest = days.length > 0 ? Math.min(...days) : await oldestChunk(db, schema)
  return oldest
}

async function oldestChunk(db: JobContext['db'], schema: string): Promise<number | undefined> {
  const { rows: installed } = await sql`select from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.length === 0) return undefined
  const { rows } = await sql<{ start: number | null }>`select min(range_start) as start
    from timescaledb_information.chunks where hypertable_schema = ${schema} and hypertable_name = any (${RAW})`.execute(
    db,
  )
  const start = rows[0]?.start ?? undefined
  return start === undefined ? undefined : Math.floor(start / DAY_MS)
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
