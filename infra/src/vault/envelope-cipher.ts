// A domain event's envelope under a data key: the cipher alone, as envelope.proto says. Whoever has the keys asks
// through envelope-sealing.ts.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  EnvelopeContentSchema,
  EnvelopeSchema,
  SealedContentSchema,
  type Envelope,
  type SealedContent,
} from '@secumon/contracts/gen/envelope'
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CONTEXT = 'secumon-envelope-v1'

export type DataKey = {
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** A sealed envelope that its own key does not open: it was changed, moved, or is none. */
export class EnvelopeBroken extends Error {
  override readonly name = 'EnvelopeBroken'
}

/** The envelope with actor, cause and events sealed. @param nonce 12 bytes, never twice with the same key */
export function sealWith(
  subject: string,
  envelope: Envelope,
  { id, key }: DataKey,
  nonce: Uint8Array = randomBytes(NONCE_BYTES),
): Envelope {
  const { commandId, version, schema, atMs, actor, cause, events } = envelope
  const content = toBinary(
    EnvelopeContentSchema,
    create(EnvelopeContentSchema, { ...(actor && { actor }), ...(cause && { cause }), events }),
  )
  const ciphertext = encrypt(placeOf(subject, envelope), content, { key, nonce })
  const sealed = create(SealedContentSchema, { keyId: id, nonce, ciphertext })
  return create(EnvelopeSchema, { commandId, version, schema, atMs, sealed })
}

/** The envelope in clear. @throws EnvelopeBroken */
export function openWith(subject: string, envelope: Envelope, key: Uint8Array): Envelope {
  const { commandId, version, schema, atMs, sealed } = envelope
  if (!sealed) return envelope
  const bytes = decrypt(placeOf(subject, envelope), sealed, key)
  const { actor, cause, events } = fromBinary(EnvelopeContentSchema, bytes)
  const content = { ...(actor && { actor }), ...(cause && { cause }), events }
  return create(EnvelopeSchema, { commandId, version, schema, atMs, ...content })
}

/** Where an envelope belongs: elsewhere it does not open. */
export const placeOf = (subject: string, { commandId, version }: Envelope): Buffer =>
  Buffer.from([CONTEXT, subject, commandId, String(version)].join('\0'))

type Secret = { readonly key: Uint8Array; readonly nonce: Uint8Array }

// Here and below: node looks at a key in bytes for several times as long as it enciphers with it.
/** Ciphertext and tag; the same bytes whenever the same content is sealed with the same key and nonce. */
export function encrypt(place: Buffer, content: Uint8Array, { key, nonce }: Secret): Uint8Array {
  const cipher = createCipheriv(CIPHER, createSecretKey(key), nonce)
  cipher.setAAD(place)
  return Uint8Array.from(Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]))
}

type Sealed = Pick<SealedContent, 'nonce' | 'ciphertext'>

/** What was encrypted. @throws EnvelopeBroken */
export function decrypt(place: Buffer, { nonce, ciphertext }: Sealed, key: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES)
    throw new EnvelopeBroken('a sealed envelope without nonce or tag')
  const decipher = createDecipheriv(CIPHER, createSecretKey(key), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(place)
  decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES))
  try {
    const clear = decipher.update(ciphertext.subarray(0, -TAG_BYTES))
    return Uint8Array.from(Buffer.concat([clear, decipher.final()]))
  } catch (cause) {
    throw new EnvelopeBroken('a sealed envelope does not open: it was changed or belongs elsewhere', {
      cause,
    })
  }
}
