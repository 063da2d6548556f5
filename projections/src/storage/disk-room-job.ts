// Where the database's disk is nearly full, the oldest days as measured go before their time, one a minute, until there is
// room or only the last three are left. What is rolled up of them stays.

import { DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { generationsOf, type Generation } from '../generations.ts'
import { liveSamples } from '../samples/retention-job.ts'
import { letGo, type LetGo } from '../samples/retention-keep.ts'
import { keptRelations } from '../samples/retention-relations.ts'
import { SAMPLE_TABLES } from '../samples/tables.ts'
import { isLow, readDiskFact, writeDiskFact } from './disk-space.ts'
import { NotYet, settledMs, type JobContext, type StorageJob } from './storage-job.ts'

/** Nothing goes that is not so old. */
export const FEWEST_RAW_DAYS = 3

export const diskRoom: StorageJob = {
  name: 'disk-room',
  about: "looks how much room the database's disk has, and drops the oldest days before it is full",
  schedule: { everyMs: 60_000 },
  deletes: true,
  async run(context) {
    const { db, clock, logger } = context
    const before = await readDiskFact(db)
    const space = (await context.disk(db)) ?? null
    await writeDiskFact(db, { atMs: clock.nowMs(), space })
    if (space === null) return 'how much room the disk has is not known'
    if (!isLow(space)) return undefined
    if (!before?.space || !isLow(before.space))
      logger.error(space, "the database's disk is nearly full: the oldest days go before their time")
    return dropOldestDay(context)
  },
}

// One at a time: the room of a file goes back to the disk only when the last process has closed it.
async function dropOldestDay(context: JobContext): Promise<string> {
  await notBesideRebuild(context)
  const live = await liveSamples(context)
  const lastDay = Math.floor(settledMs(context) / DAY_MS) - FEWEST_RAW_DAYS
  const day = await oldestDay(context, live)
  if (day === undefined || day >= lastDay) return `only the last ${FEWEST_RAW_DAYS} days are left: make room`
  const { dropped, waits } = await dropDay(context, live, day)
  if (dropped.length === 0) return waits.join('; ') || 'nothing could be dropped'
  const said = { day: dateOf(day), dropped }
  context.logger.warn(said, 'a day was dropped before its retention: the disk is nearly full')
  return `dropped ${dateOf(day)} before its retention: make room`
}

/** What it builds takes the room: days that were dropped meanwhile would be gone for nothing. */
async function notBesideRebuild({ db }: JobContext): Promise<void> {
  const building = (await generationsOf(db, 'samples')).find(({ state }) => state === 'building')
  if (building)
    throw new NotYet(
      `a rebuild of samples takes the room (generation ${building.generation}): make room, or \`secumon rebuild cancel samples\``,
    )
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
  return days.length > 0 ? Math.min(...days) : oldestChunk(db, schema)
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
