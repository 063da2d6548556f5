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
  const held = await heldDays(context, live)
  const days = [...new Set([...held.values()].flat())]
    .filter((day) => day < lastDay)
    .toSorted((a, b) => a - b)
  if (days.length === 0) return `only the last ${FEWEST_RAW_DAYS} days are left: make room`
  const waiting = new Set<string>()
  // What has to wait keeps its days, and nobody else theirs.
  for (const day of days) {
    const { dropped, waits } = await dropDay(context, live, { held, day })
    if (dropped.length > 0) return tellOf(context, dateOf(day), dropped)
    for (const each of waits) waiting.add(each)
  }
  return [...waiting].join('; ') || 'nothing could be dropped'
}

function tellOf({ logger }: JobContext, day: string, dropped: readonly string[]): string {
  logger.warn({ day, dropped }, 'a day was dropped before its retention: the disk is nearly full')
  return `dropped ${day} before its retention: make room`
}

/** What it builds takes the room: days that were dropped meanwhile would be gone for nothing. */
async function notBesideRebuild({ db }: JobContext): Promise<void> {
  const building = (await generationsOf(db, 'samples')).find(({ state }) => state === 'building')
  if (building)
    throw new NotYet(
      `a rebuild of samples takes the room (generation ${building.generation}): make room, or \`secumon rebuild cancel samples\``,
    )
}

type Dropping = { readonly held: HeldDays; readonly day: number }

function dropDay(context: JobContext, live: Generation, { held, day }: Dropping): Promise<LetGo> {
  const raw = keptRelations(context.kept).filter(({ relation }) =>
    held.get(relation)?.some((each) => each <= day),
  )
  return letGo(
    context,
    live,
    raw.map((relation) => ({ ...relation, wantedMs: (day + 1) * DAY_MS })),
  )
}

/** By table of rows as measured, the days that some may lie in. */
type HeldDays = ReadonlyMap<string, readonly number[]>

const RAW: readonly string[] = SAMPLE_TABLES.map(({ table }) => table)

async function heldDays({ db }: JobContext, { schema }: Generation): Promise<HeldDays> {
  const raw = [...(await listPartitions(db, schema))].filter(([table]) => RAW.includes(table))
  return raw.length > 0 ? new Map(raw) : chunkDays(db, schema)
}

async function chunkDays(db: JobContext['db'], schema: string): Promise<HeldDays> {
  const { rows: installed } = await sql`select from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.length === 0) return new Map()
  const { rows } = await sql<{ name: string; start: number }>`select hypertable_name as name,
    range_start as start from timescaledb_information.chunks
    where hypertable_schema = ${schema} and hypertable_name = any (${RAW})`.execute(db)
  const chunks = Map.groupBy(rows, ({ name }) => name)
  return new Map(
    [...chunks].map(([name, held]) => [name, held.map(({ start }) => Math.floor(start / DAY_MS))]),
  )
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
