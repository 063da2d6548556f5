// Secrets of the platform that must be read back, wrapped by a master key that is not in here.

import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { MasterKeys } from './master-keys.ts'
import { vaultOf, type Vault } from './vault-database.ts'

const SECRET_BYTES = 32

export type SecretName = 'jwt' | 'config-signing-key'

/**
 * The named secret, 32 bytes; random at first and the same ever after, whoever asks first.
 * @throws SecretSealed when it was wrapped by a master key that is not given
 */
export async function loadOrCreateSecret(db: Database, name: SecretName, keys: MasterKeys): Promise<Buffer> {
  const vault = vaultOf(db)
  const known = await read(vault, name)
  if (known) return keys.unwrap(name, known)
  const made = keys.wrap(name, randomBytes(SECRET_BYTES))
  await vault
    .insertInto('vault.secrets')
    .values({ name, key_id: made.masterKeyId, value: made.value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return keys.unwrap(name, (await read(vault, name)) ?? made)
}

const read = (vault: Vault, name: SecretName) =>
  vault
    .selectFrom('vault.secrets')
    .select(['key_id as masterKeyId', 'value'])
    .where('name', '=', name)
    .executeTakeFirst()
