// How large everything is, every hour, so that it can be said how long the disk lasts.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { readDiskFact, readFact, writeFact } from './disk-space.ts'
import {
  dailyGrowth,
  growthOf,
  type Growth,
  type KindGrowth,
  type SizeKind,
  type SizeSample,
} from './growth.ts'
import type { KeptDays } from './kept-days.ts'
import { listRelations, type RelationStatus } from './queries/relations.ts'
import type { JobContext, StorageJob } from './storage-job.ts'

const SIZES = 'storage/sizes'
const GROWTH = 'storage/growth'
const REMEMBERED_MS = 8 * DAY_MS

export const measureStorage: StorageJob = {
  name: 'measure-storage',
  about: 'measures how large everything is, to say how long the disk lasts',
  schedule: { everyMs: 3_600_000 },
  async run({ db, clock, kept }) {
    const nowMs = clock.nowMs()
    const relations = await listRelations(db)
    const sample = { atMs: nowMs, bytes: await sizesOf(db, relations) }
    const before = (await readFact<SizeSample[]>(db, SIZES)) ?? []
    const samples = [...before.filter(({ atMs }) => atMs < nowMs && nowMs - atMs <= REMEMBERED_MS), sample]
    await writeFact(db, SIZES, samples)
    const daily = dailyGrowth(samples)
    const space = (await readDiskFact(db))?.space
    const kinds = daily && kindsOf(daily, { relations, kept, nowMs })
    await writeFact(db, GROWTH, growthOf(kinds, space?.freeBytes))
    return undefined
  },
}

/** As it was last worked out. */
export const readGrowth = async (db: JobContext['db']): Promise<Growth> =>
  (await readFact<Growth>(db, GROWTH)) ?? { bytesPerDay: null, daysLeft: null }

async function sizesOf(
  db: JobContext['db'],
  relations: readonly RelationStatus[],
): Promise<SizeSample['bytes']> {
  const { rows } = await sql<{ bytes: number }>`
    select pg_database_size(current_database())::float8 as bytes`.execute(db)
  const of = (kind: SizeKind) =>
    relations.filter((each) => each.kind === kind).reduce((sum, { bytes }) => sum + bytes, 0)
  const known = {
    raw: of('raw'),
    rollup5min: of('rollup5min'),
    rollup1hour: of('rollup1hour'),
    logs: of('logs'),
  }
  const other = (rows[0]?.bytes ?? 0) - Object.values(known).reduce((sum, bytes) => sum + bytes, 0)
  return { ...known, other: Math.max(0, other) }
}

type Known = {
  readonly relations: readonly RelationStatus[]
  readonly kept: KeptDays
  readonly nowMs: number
}

/** What is dropped grows until the oldest of it is as old as it may be. */
function kindsOf(daily: Readonly<Record<SizeKind, number>>, { relations, kept, nowMs }: Known): KindGrowth[] {
  const oldest = (kind: SizeKind) =>
    Math.min(
      nowMs,
      ...relations.filter((each) => each.kind === kind).map(({ oldestMs }) => oldestMs ?? nowMs),
    )
  const dropped = (kind: keyof KeptDays): KindGrowth => ({
    bytesPerDay: daily[kind],
    growingDays: Math.max(0, kept[kind] - (nowMs - oldest(kind)) / DAY_MS),
  })
  return [
    dropped('raw'),
    dropped('rollup5min'),
    dropped('rollup1hour'),
    dropped('logs'),
    { bytesPerDay: daily.other, growingDays: Infinity },
  ]
}
