// Ed25519 keys and domain-separated signatures. node:crypto, no I/O.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'

// DER prefixes of RFC 8410: what stands before the 32 bytes of a key.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export const SIGNATURE_BYTES = 64
export const PUBLIC_KEY_BYTES = 32

/** What a signature is about. A signature for one context never verifies in another. */
export type SigningContext = 'frame' | 'gap' | 'open' | 'config'

const PREFIXES: Record<SigningContext, Buffer> = {
  frame: Buffer.from('secumon-frame-v1\0'),
  gap: Buffer.from('secumon-gap-v1\0'),
  open: Buffer.from('secumon-open-v1\0'),
  config: Buffer.from('secumon-config-v1\0'),
}

/** The bytes that are signed: the context's prefix, then the message. */
export const signingInput = (context: SigningContext, message: Uint8Array): Buffer =>
  Buffer.concat([PREFIXES[context], message])

export const signMessage = (context: SigningContext, message: Uint8Array, key: KeyObject): Uint8Array =>
  sign(null, signingInput(context, message), key)

export const verifyMessage = (
  context: SigningContext,
  message: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean =>
  signature.length === SIGNATURE_BYTES && verify(null, signingInput(context, message), key, signature)

export const generateSigningKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

/** The 32 bytes of a public key, from either half of the pair. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(SPKI_PREFIX.length))
}

/** @throws RangeError unless it is 32 bytes */
export function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  if (raw.length !== PUBLIC_KEY_BYTES)
    throw new RangeError(`an Ed25519 public key has 32 bytes, got ${raw.length}`)
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

/** The key pair of a 32-byte seed (RFC 8032). @throws RangeError unless it is 32 bytes */
export function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError(`an Ed25519 seed has 32 bytes, got ${seed.length}`)
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
