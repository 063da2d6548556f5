// Secrets of the platform that must be read back, sealed with AES-256-GCM under a master key that is not in here.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { vaultOf, type Vault } from './vault-database.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const MASTER_KEY_BYTES = 32
const SECRET_BYTES = 32

export type SecretName = 'jwt' | 'config-signing-key'

/** A sealed secret cannot be opened: another master key, or the row was changed. */
export class SecretSealed extends Error {
  override readonly name = 'SecretSealed'
}

/**
 * The named secret, 32 bytes; random at first and the same ever after, whoever asks first.
 * @param masterKey 32 bytes
 * @throws SecretSealed when it was sealed with another master key
 */
export async function loadOrCreateSecret(
  db: Database,
  name: SecretName,
  masterKey: Uint8Array,
): Promise<Buffer> {
  if (masterKey.length !== MASTER_KEY_BYTES)
    throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes, got ${masterKey.length}`)
  const vault = vaultOf(db)
  const known = await read(vault, name)
  if (known) return open(name, known, masterKey)
  const sealed = { key_id: keyId(masterKey), value: seal(name, randomBytes(SECRET_BYTES), masterKey) }
  await vault
    .insertInto('vault.secrets')
    .values({ name, ...sealed })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return open(name, (await read(vault, name)) ?? sealed, masterKey)
}

type Sealed = { readonly key_id: string; readonly value: Buffer }

const read = (vault: Vault, name: SecretName): Promise<Sealed | undefined> =>
  vault.selectFrom('vault.secrets').select(['key_id', 'value']).where('name', '=', name).executeTakeFirst()

/** Names a master key without telling it. */
const keyId = (masterKey: Uint8Array): string =>
  createHash('sha256').update('secumon-master-key-id\0').update(masterKey).digest('hex').slice(0, 16)

function seal(name: SecretName, secret: Buffer, masterKey: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, masterKey, nonce)
  // A row moved under another name does not open.
  cipher.setAAD(Buffer.from(`${name}\0${keyId(masterKey)}`))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

function open(name: SecretName, { key_id, value }: Sealed, masterKey: Uint8Array): Buffer {
  if (key_id !== keyId(masterKey))
    throw new SecretSealed(`secret ${name} was sealed with master key ${key_id}, not with the one given`)
  const decipher = createDecipheriv(CIPHER, masterKey, value.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(`${name}\0${key_id}`))
  decipher.setAuthTag(value.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(value.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new SecretSealed(`secret ${name} does not open: its row was changed`, { cause })
  }
}
