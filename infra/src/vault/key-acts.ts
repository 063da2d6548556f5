// What an administrator does with keys: look, rotate, wrap under another master key, shred,
// give up.

import { sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { insertDataKey, purposeOf } from './data-keys.ts'
import type { MasterKeys } from './master-keys.ts'
import { durably, vaultOf, type VaultTx } from './vault-database.ts'

export type DataKeyInfo = {
  readonly tenant: string
  readonly keyId: string
  readonly state: 'current' | 'retired' | 'shredded'
  readonly masterKeyId: string | null
  readonly createdAtMs: number
  readonly retiredAtMs: number | null
  readonly shreddedAtMs: number | null
}

/** Every data key there ever was, by tenant, the oldest first. */
export async function listDataKeys(db: Database): Promise<DataKeyInfo[]> {
  const rows = await vaultOf(db)
    .selectFrom('vault.data_keys')
    .select(['tenant_id as tenant', 'key_id as keyId', 'master_key_id as masterKeyId'])
    .select(['created_at as createdAtMs', 'retired_at as retiredAtMs', 'shredded_at as shreddedAtMs'])
    .orderBy('tenant_id')
    .orderBy('created_at')
    .orderBy('key_id')
    .execute()
  return rows.map((row) => ({ ...row, state: stateOf(row) }))
}

const stateOf = (row: Pick<DataKeyInfo, 'retiredAtMs' | 'shreddedAtMs'>): DataKeyInfo['state'] =>
  row.shreddedAtMs !== null ? 'shredded' : row.retiredAtMs !== null ? 'retired' : 'current'

type Act = { readonly tenant: string; readonly nowMs: number }

/** Gives the tenant a new key to write with; what the others have sealed can still be read. Returns its id. */
export const rotateDataKey = (db: Database, keys: MasterKeys, { tenant, nowMs }: Act): Promise<string> =>
  durably(db, async (tx) => {
    await tx
      .updateTable('vault.data_keys')
      .set({ retired_at: new Date(nowMs) })
      .where('tenant_id', '=', tenant)
      .where('retired_at', 'is', null)
      .execute()
    const made = await insertDataKey(tx, keys, { tenant, nowMs })
    // Whoever made one in between has rotated for us.
    return made?.key_id ?? (await currentId(tx, tenant))
  })

const currentId = async (tx: VaultTx, tenant: string): Promise<string> => {
  const row = await tx
    .selectFrom('vault.data_keys')
    .select('key_id')
    .where('tenant_id', '=', tenant)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return row.key_id
}

/** Destroys every key of the tenant, for ever. Returns the ids of those that were not shredded before. */
export async function shredDataKeys(db: Database, { tenant, nowMs }: Act): Promise<string[]> {
  const at = new Date(nowMs)
  const rows = await durably(db, (tx) =>
    tx
      .updateTable('vault.data_keys')
      .set({ wrapped: null, master_key_id: null, shredded_at: at })
      .set({ retired_at: sql<Date>`coalesce(retired_at, ${at})` })
      .where('tenant_id', '=', tenant)
      .where('shredded_at', 'is', null)
      .returning('key_id')
      .execute(),
  )
  return rows.map((row) => row.key_id)
}

/**
 * Puts keys that the vault does not have beside those that were shredded: what they sealed counts as unreadable from now on,
 * and holds nobody up. Keys that it has stay as they are. Returns the ids that were put there.
 */
export async function forgetDataKeys(
  db: Database,
  { tenant, nowMs }: Act,
  keyIds: readonly string[],
): Promise<string[]> {
  if (keyIds.length === 0) return []
  const at = new Date(nowMs)
  const gone = { tenant_id: tenant, master_key_id: null, wrapped: null }
  const rows = await durably(db, (tx) =>
    tx
      .insertInto('vault.data_keys')
      .values(keyIds.map((key_id) => ({ key_id, ...gone, created_at: at, retired_at: at, shredded_at: at })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('key_id')
      .execute(),
  )
  return rows.map((row) => row.key_id)
}

/** Writes the table anew: what was updated lies in its file until then. @throws when others hold it for longer than 3 s */
export const forgetOldRows = (db: Database): Promise<void> =>
  db.connection().execute(async (connection) => {
    await sql`set lock_timeout = '3s'`.execute(connection)
    try {
      await sql`vacuum (full) vault.data_keys`.execute(connection)
    } finally {
      await sql`reset lock_timeout`.execute(connection)
    }
  })

export type Rewrapped = { readonly secrets: number; readonly dataKeys: number }

/**
 * Wraps every secret and data key with the current master key, all or none: afterwards the others open nothing.
 * @throws SecretSealed when one was wrapped by a master key that is not given; nothing is changed then
 */
export const rewrapAll = (db: Database, keys: MasterKeys): Promise<Rewrapped> =>
  durably(db, async (tx) => ({
    secrets: await rewrapSecrets(tx, keys),
    dataKeys: await rewrapDataKeys(tx, keys),
  }))

async function rewrapSecrets(tx: VaultTx, keys: MasterKeys): Promise<number> {
  const rows = await tx.selectFrom('vault.secrets').selectAll().forUpdate().execute()
  const old = rows.filter((row) => row.key_id !== keys.currentId)
  for (const { name, key_id: masterKeyId, value } of old) {
    const made = keys.wrap(name, keys.unwrap(name, { masterKeyId, value }))
    await tx
      .updateTable('vault.secrets')
      .set({ key_id: made.masterKeyId, value: made.value })
      .where('name', '=', name)
      .execute()
  }
  return old.length
}

async function rewrapDataKeys(tx: VaultTx, keys: MasterKeys): Promise<number> {
  const rows = await tx
    .selectFrom('vault.data_keys')
    .select(['tenant_id', 'key_id', 'master_key_id', 'wrapped'])
    .where('master_key_id', '<>', keys.currentId)
    .forUpdate()
    .execute()
  for (const { tenant_id, key_id, master_key_id: masterKeyId, wrapped: value } of rows) {
    if (masterKeyId === null || value === null) continue
    const purpose = purposeOf(tenant_id, key_id)
    const made = keys.wrap(purpose, keys.unwrap(purpose, { masterKeyId, value }))
    await tx
      .updateTable('vault.data_keys')
      .set({ master_key_id: made.masterKeyId, wrapped: made.value })
      .where('key_id', '=', key_id)
      .execute()
  }
  return rows.length
}

/** Master keys, by id, that something in the vault is wrapped with. */
export async function masterKeysInUse(db: Database): Promise<string[]> {
  const vault = vaultOf(db)
  const rows = await vault
    .selectFrom('vault.secrets')
    .select('key_id as id')
    .union(
      vault
        .selectFrom('vault.data_keys')
        .select(sql<string>`master_key_id`.as('id'))
        .where('master_key_id', 'is not', null),
    )
    .execute()
  return rows.map(({ id }) => id)
}
