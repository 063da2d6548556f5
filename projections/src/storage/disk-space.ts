// How much room the database has, and how what it holds grows: found out by jobs, for only the archiver may be where the
// disk is, and remembered where everybody who asks can read it.

import type { Database } from '@secumon/infra/database/database'

export type DiskSpace = {
  readonly freeBytes: number
  readonly totalBytes: number
}

/** Undefined where nobody can know: then nothing is done about it, and that is said. */
export type ReadDisk = (db: Database) => Promise<DiskSpace | undefined>

export type DiskFact = {
  readonly atMs: number
  /** Null: not known. */
  readonly space: DiskSpace | null
}

/** Below so much free, the oldest days go before their time. */
export const LOW_SHARE = 0.1

/** True where there is too little room. */
export const isLow = ({ freeBytes, totalBytes }: DiskSpace): boolean => freeBytes < LOW_SHARE * totalBytes

const DISK = 'storage/disk'

/** As it was last found out; undefined before a role archiver has looked. */
export const readDiskFact = (db: Database): Promise<DiskFact | undefined> => readFact(db, DISK)

export const writeDiskFact = (db: Database, fact: DiskFact): Promise<void> => writeFact(db, DISK, fact)

/** What was remembered under a name. */
export async function readFact<T>(db: Database, name: string): Promise<T | undefined> {
  const row = await db.selectFrom('secumon.facts').select('value').where('name', '=', name).executeTakeFirst()
  return row && (JSON.parse(row.value) as T)
}

export async function writeFact(db: Database, name: string, fact: unknown): Promise<void> {
  const value = JSON.stringify(fact)
  await db
    .insertInto('secumon.facts')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
