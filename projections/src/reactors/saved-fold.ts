// What a reactor remembers between two runs: its state at some places of the log, compressed, in pieces, all written in
// one transaction. Only the holder of the newest lease writes; code of another version does not read it.

import type { Database } from '@secumon/infra/database/database'
import type { PlatformTables, ReactorPlace } from '@secumon/migrations/platform-tables'
import { sql, type Transaction } from 'kysely'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createZstdCompress, zstdDecompress } from 'node:zlib'
import type { MarkedPlace } from '../resume.ts'

/** One of the states there are: a reactor's for one shard, or for one part of the tenants. */
export type FoldKey = { readonly reactor: string; readonly partition: number }

/** A state as bytes, with the places up to which it has taken the log. */
export type SavedFold = {
  readonly codeVersion: number
  readonly places: readonly MarkedPlace[]
  readonly state: Uint8Array
}

/** Another holder of the lease has written since: this one has to stop. */
export class FoldFenced extends Error {
  override readonly name = 'FoldFenced'
}

/** What is saved: the state in parts, for a copy of many megabytes holds everything else up. */
export type FoldToSave = Omit<SavedFold, 'state'> & { readonly parts: readonly Uint8Array[] }

const PART_BYTES = 1024 ** 2
const decompress = promisify(zstdDecompress)

/** The state that was saved last; undefined when there is none, or other code wrote it. */
export async function loadFold(
  db: Database,
  key: FoldKey,
  codeVersion: number,
): Promise<SavedFold | undefined> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const row = await tx
        .selectFrom('secumon.reactor_state')
        .select(['code_version', 'places'])
        .where('reactor', '=', key.reactor)
        .where('partition', '=', key.partition)
        .executeTakeFirst()
      if (row?.code_version !== codeVersion) return undefined
      const parts = await tx
        .selectFrom('secumon.reactor_state_parts')
        .select('data')
        .where('reactor', '=', key.reactor)
        .where('partition', '=', key.partition)
        .orderBy('part')
        .execute()
      const state = await decompress(Buffer.concat(parts.map(({ data }) => data)))
      return { codeVersion, places: row.places.map(placeOf), state }
    })
}

/**
 * Writes the state in place of the one before.
 * @param fence of the lease under which it was made
 * @throws FoldFenced when a later holder has written
 */
export async function saveFold(db: Database, key: FoldKey, fence: number, saved: FoldToSave): Promise<void> {
  const compressed = await pipeline(saved.parts, createZstdCompress(), buffer)
  await db.transaction().execute(async (tx) => {
    await writeHead(tx, key, { ...saved, fence })
    await tx
      .deleteFrom('secumon.reactor_state_parts')
      .where('reactor', '=', key.reactor)
      .where('partition', '=', key.partition)
      .execute()
    for (let part = 0; part * PART_BYTES < compressed.length; part++) {
      const data = compressed.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
      await tx
        .insertInto('secumon.reactor_state_parts')
        .values({ ...key, part, data })
        .execute()
    }
  })
}

type Head = FoldToSave & { readonly fence: number }

async function writeHead(tx: Transaction<PlatformTables>, key: FoldKey, head: Head): Promise<void> {
  const { fence, codeVersion, parts } = head
  const bytes = parts.reduce((sum, { length }) => sum + length, 0)
  const places = JSON.stringify(head.places.map(rowOf))
  const { rows } = await sql`
    insert into secumon.reactor_state as held (reactor, partition, code_version, fence, places, bytes)
    values (${key.reactor}, ${key.partition}, ${codeVersion}, ${fence}, ${places}, ${bytes})
    on conflict (reactor, partition) do update
      set code_version = excluded.code_version, fence = excluded.fence, places = excluded.places,
        bytes = excluded.bytes, saved_at = now()
      where held.fence <= excluded.fence
    returning reactor`.execute(tx)
  if (rows.length === 0)
    throw new FoldFenced(`${key.reactor} ${key.partition} was saved under a later lease than ${fence}`)
}

const placeOf = ({ hash, ...place }: ReactorPlace): MarkedPlace => ({
  ...place,
  hash: hash === null ? undefined : Buffer.from(hash, 'base64'),
})

const rowOf = ({ stream, position, hash, marks }: MarkedPlace): ReactorPlace => {
  return { stream, position, hash: hash ? Buffer.from(hash).toString('base64') : null, marks }
}
