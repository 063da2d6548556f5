// How much room the database's disk has: of an embedded one its file system says, of one elsewhere the operator has to say
// how large it is.

import type { ReadDisk } from '@secumon/projections/storage/disk-space'
import { sql } from 'kysely'
import { statfs } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Config } from './config.ts'

const GB = 1e9

/** Says nothing where neither is known. */
export const databaseDisk =
  (config: Pick<Config, 'dataDirectory' | 'databaseDiskGb'>): ReadDisk =>
  async (db) => {
    if (config.databaseDiskGb !== undefined) {
      const totalBytes = config.databaseDiskGb * GB
      const { rows } = await sql<{ used: number }>`
        select pg_database_size(current_database())::float8 as used`.execute(db)
      return { totalBytes, freeBytes: Math.max(0, totalBytes - (rows[0]?.used ?? 0)) }
    }
    const directory = await serverDirectory(db)
    if (!directory?.startsWith(resolve(config.dataDirectory) + sep)) return undefined
    const { bsize, blocks, bavail } = await statfs(directory)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  }

// Only who may read all settings is told.
async function serverDirectory(db: Parameters<ReadDisk>[0]): Promise<string | undefined> {
  const { rows } = await sql<{ directory: string | null }>`select setting as directory from pg_settings
    where name = 'data_directory'`.execute(db)
  return rows[0]?.directory ?? undefined
}
