// The keys that are not in the database, and what they wrap: AES-256-GCM, nonce ‖ ciphertext ‖ tag. One of them wraps;
// older ones still open, until everything is wrapped anew.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const MASTER_KEY_BYTES = 32

export type Wrapped = { readonly masterKeyId: string; readonly value: Buffer }

/** A wrapped secret cannot be opened: another master key, or the row was changed. */
export class SecretSealed extends Error {
  override readonly name = 'SecretSealed'
}

export type MasterKeys = {
  /** Names the key that wraps, without telling it. */
  readonly currentId: string
  knows(masterKeyId: string): boolean
  /** @param purpose what the secret is: under another it does not open */
  wrap(purpose: string, secret: Uint8Array): Wrapped
  /** @throws SecretSealed */
  unwrap(purpose: string, wrapped: Wrapped): Buffer
}

/**
 * @param current 32 bytes; wraps, and opens what it wrapped
 * @param others 32 bytes each; only open
 */
export function masterKeys(current: Uint8Array, others: readonly Uint8Array[] = []): MasterKeys {
  const known = new Map([current, ...others].map((key) => [masterKeyId(key), key]))
  const currentId = masterKeyId(current)
  return {
    currentId,
    knows: (id) => known.has(id),
    wrap: (purpose, secret) => ({
      masterKeyId: currentId,
      value: encrypt(placeOf(purpose, currentId), secret, current),
    }),
    unwrap(purpose, { masterKeyId: id, value }) {
      const key = known.get(id)
      if (!key)
        throw new SecretSealed(`${named(purpose)} is wrapped with master key ${id}, which is not given`)
      return decrypt({ purpose, id, value }, key)
    },
  }
}

/** Names a master key without telling it. @throws RangeError when it is none */
export function masterKeyId(key: Uint8Array): string {
  if (key.length !== MASTER_KEY_BYTES)
    throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes, got ${key.length}`)
  return createHash('sha256').update('secumon-master-key-id\0').update(key).digest('hex').slice(0, 16)
}

// A row moved under another name does not open.
const placeOf = (purpose: string, id: string): Buffer => Buffer.from(`${purpose}\0${id}`)

function encrypt(place: Buffer, secret: Uint8Array, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(place)
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

type Held = { readonly purpose: string; readonly id: string; readonly value: Buffer }

function decrypt({ purpose, id, value }: Held, key: Uint8Array): Buffer {
  try {
    const nonce = value.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(placeOf(purpose, id))
    decipher.setAuthTag(value.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(value.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new SecretSealed(`${named(purpose)} does not open: its row was changed`, { cause })
  }
}

const named = (purpose: string): string => purpose.replaceAll('\0', ' ')
