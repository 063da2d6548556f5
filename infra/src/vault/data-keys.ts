// The data keys of tenants from the vault, remembered for less than a minute: what was rotated or shredded in another
// process is seen by then.

import { randomBytes } from 'node:crypto'
import type { Clock } from '@secumon/domain/clock'
import type { ArchiveKeys } from '../archive/archive.ts'
import type { Database } from '../database/database.ts'
import type { DataKey } from './envelope-cipher.ts'
import { ExpiringCache } from './expiring-cache.ts'
import { DataKeyUnknown, KeysUnavailable } from './key-faults.ts'
import type { MasterKeys } from './master-keys.ts'
import { durably, newUlid, vaultOf, type Vault } from './vault-database.ts'

const DATA_KEY_BYTES = 32
const LIMITS = { ttlMs: 55_000, maxEntries: 10_000 }

export type DataKeysOptions = {
  readonly db: Database
  readonly masterKeys: MasterKeys
  readonly clock: Clock
}

export function dataKeys(options: DataKeysOptions): ArchiveKeys {
  const current = new ExpiringCache<DataKey>(LIMITS, options.clock)
  const found = new ExpiringCache<Uint8Array | undefined>(LIMITS, options.clock)
  return {
    current: (tenant) => current.get(tenant, () => answered(() => loadOrCreate(options, tenant))),
    find: (tenant, keyId) =>
      found.get(`${tenant}/${keyId}`, () => answered(() => find(options, tenant, keyId))),
  }
}

type KeyRow = {
  readonly key_id: string
  readonly master_key_id: string | null
  readonly wrapped: Buffer | null
}

async function loadOrCreate(options: DataKeysOptions, tenant: string): Promise<DataKey> {
  const vault = vaultOf(options.db)
  const known = await currentRow(vault, tenant)
  const row = known ?? (await create(options, tenant)) ?? (await currentRow(vault, tenant))
  const key = row && unwrap(options.masterKeys, tenant, row)
  // Somebody has retired what somebody else has just made: asking again finds the newest.
  if (!row || !key) throw new KeysUnavailable(`the keys of tenant ${tenant} are being changed`)
  return { id: row.key_id, key }
}

async function create(
  { db, masterKeys, clock }: DataKeysOptions,
  tenant: string,
): Promise<KeyRow | undefined> {
  return durably(db, (vault) => insertDataKey(vault, masterKeys, { tenant, nowMs: clock.nowMs() }))
}

async function find({ db, masterKeys }: DataKeysOptions, tenant: string, keyId: string) {
  const row = await vaultOf(db)
    .selectFrom('vault.data_keys')
    .select(['key_id', 'master_key_id', 'wrapped'])
    .where('key_id', '=', keyId)
    .where('tenant_id', '=', tenant)
    .executeTakeFirst()
  if (!row) throw new DataKeyUnknown(tenant, keyId)
  return unwrap(masterKeys, tenant, row)
}

const currentRow = (vault: Vault, tenant: string) =>
  vault
    .selectFrom('vault.data_keys')
    .select(['key_id', 'master_key_id', 'wrapped'])
    .where('tenant_id', '=', tenant)
    .where('retired_at', 'is', null)
    .executeTakeFirst()

function unwrap(keys: MasterKeys, tenant: string, row: KeyRow): Uint8Array | undefined {
  const { key_id, master_key_id: masterKeyId, wrapped: value } = row
  if (masterKeyId === null || value === null) return undefined
  return keys.unwrap(purposeOf(tenant, key_id), { masterKeyId, value })
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof DataKeyUnknown || cause instanceof KeysUnavailable) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new KeysUnavailable(`the vault does not give the keys: ${reason}`, { cause })
  }
}

/** What a data key is wrapped as: in the row of another key or tenant it does not open. */
export const purposeOf = (tenant: string, keyId: string): string => `data key\0${tenant}\0${keyId}`

type NewKey = { readonly tenant: string; readonly nowMs: number }

/** Makes the tenant's key to write with; undefined when it has one. */
export async function insertDataKey(
  vault: Vault,
  keys: MasterKeys,
  { tenant, nowMs }: NewKey,
): Promise<KeyRow | undefined> {
  const key_id = newUlid(nowMs)
  const { masterKeyId, value } = keys.wrap(purposeOf(tenant, key_id), randomBytes(DATA_KEY_BYTES))
  return vault
    .insertInto('vault.data_keys')
    .values({
      key_id,
      tenant_id: tenant,
      master_key_id: masterKeyId,
      wrapped: value,
      created_at: new Date(nowMs),
      retired_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(['key_id', 'master_key_id', 'wrapped'])
    .executeTakeFirst()
}
