// One file that nobody reads without the key: a line saying how it was sealed, then AES-256-GCM over gzip. The key is
// random; it lies in that line, wrapped by the master key, or comes from a passphrase by scrypt (RFC 7914).

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { MasterKeys } from '../vault/master-keys.ts'

/** The box does not open: another key, or it is not what it was. */
export class BoxSealed extends Error {
  override readonly name = 'BoxSealed'
}

/** What seals a box, or what may open it. */
export type BoxKeys = {
  readonly masterKeys?: MasterKeys | undefined
  readonly passphrase?: string | undefined
}

const CIPHER = 'aes-256-gcm'
const [KEY_BYTES, SALT_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 16, 12, 16]
const PURPOSE = 'backup'
const COST = { N: 2 ** 17, r: 8, p: 1 }
const MAX_MEMORY_BYTES = 256 * 1024 ** 2

type Header =
  | { readonly box: 1; readonly sealed: 'passphrase'; readonly salt: string }
  | { readonly box: 1; readonly sealed: 'master key'; readonly key_id: string; readonly wrapped: string }

/** Seals under the passphrase where there is one, else under the master key. @throws BoxSealed with neither */
export async function sealBox(content: Uint8Array, keys: BoxKeys): Promise<Buffer> {
  const { header, key } = await newKey(keys)
  const line = Buffer.from(`${JSON.stringify(header)}\n`)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(line)
  const sealed = [cipher.update(await promisify(gzip)(content)), cipher.final()]
  return Buffer.concat([line, nonce, ...sealed, cipher.getAuthTag()])
}

/** @throws BoxSealed saying which key is wanted */
export async function openBox(box: Buffer, keys: BoxKeys): Promise<Buffer> {
  const line = box.subarray(0, box.indexOf('\n') + 1)
  const key = await keyOf(readHeader(line), keys)
  const sealed = box.subarray(line.length)
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(line)
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const packed = [decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]
    return await promisify(gunzip)(Buffer.concat(packed))
  } catch (cause) {
    throw new BoxSealed('the key is not the right one, or the file was changed', { cause })
  }
}

async function newKey({ masterKeys, passphrase }: BoxKeys): Promise<{ header: Header; key: Buffer }> {
  if (passphrase !== undefined) {
    const salt = randomBytes(SALT_BYTES)
    const header = { box: 1, sealed: 'passphrase', salt: salt.toString('base64') } as const
    return { header, key: await derived(passphrase, salt) }
  }
  if (!masterKeys) throw new BoxSealed('neither a master key nor a passphrase is given')
  const key = randomBytes(KEY_BYTES)
  const { masterKeyId, value } = masterKeys.wrap(PURPOSE, key)
  const wrapped = value.toString('base64')
  return { header: { box: 1, sealed: 'master key', key_id: masterKeyId, wrapped }, key }
}

async function keyOf(header: Header, { masterKeys, passphrase }: BoxKeys): Promise<Buffer> {
  if (header.sealed === 'passphrase') {
    if (passphrase === undefined) throw new BoxSealed('it is sealed with a passphrase, which is not given')
    return derived(passphrase, Buffer.from(header.salt, 'base64'))
  }
  if (!masterKeys?.knows(header.key_id))
    throw new BoxSealed(`it is sealed with master key ${header.key_id}, which is not given`)
  const value = Buffer.from(header.wrapped, 'base64')
  return masterKeys.unwrap(PURPOSE, { masterKeyId: header.key_id, value })
}

const derived = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(
      passphrase.normalize('NFC'),
      salt,
      KEY_BYTES,
      { ...COST, maxmem: MAX_MEMORY_BYTES },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  )

function readHeader(line: Buffer): Header {
  try {
    const header: unknown = JSON.parse(line.toString())
    if (isHeader(header)) return header
  } catch {
    // Told below, as what is JSON and no header is.
  }
  throw new BoxSealed('it is no sealed file of ours, or of a newer version')
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false
  const { box, sealed, salt, key_id, wrapped } = value as Record<string, unknown>
  if (box !== 1) return false
  if (sealed === 'passphrase') return typeof salt === 'string'
  return sealed === 'master key' && typeof key_id === 'string' && typeof wrapped === 'string'
}
