// Any connection, seen as the vault's tables; and what every table of it needs: hashes, ids, unique faults.

import { ulid } from '@secumon/contracts/ids'
import type { VaultTables } from '@secumon/migrations/vault-tables'
import type { Database } from '../database/database.ts'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import { createHash, randomBytes } from 'node:crypto'

export type Vault = Kysely<PlatformTables & VaultTables>
export type VaultTx = Transaction<PlatformTables & VaultTables>

/** The same connection with the vault's tables in its type. */
export const vaultOf = (db: Database): Vault => db.$extendTables<VaultTables>()

/** A transaction that is on the disk when it returns: a key must outlive what it opens. */
export const durably = <T>(db: Database, work: (vault: VaultTx) => Promise<T>): Promise<T> =>
  vaultOf(db)
    .transaction()
    .execute(async (tx) => {
      await sql`set local synchronous_commit = on`.execute(tx)
      return work(tx)
    })

/** What is stored of a bearer secret: its SHA-256. The secret has 256 random bits, so no salt is needed. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()

/** A bearer secret of 256 random bits, with a prefix that says in a leak what it is. */
export const newToken = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export const newUlid = (nowMs: number): string => ulid(nowMs, randomBytes(10))

/** A moment to compare a timestamptz with. */
export const moment = (ms: number): RawBuilder<number> => sql<number>`${new Date(ms)}`
