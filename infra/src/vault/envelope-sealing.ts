// Envelopes of the log under their tenants' data keys, and what of them goes into the archive: there the content lies
// in clear within an encrypted block, and the sealed bytes can be made again to the last bit.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope, type SealedContent } from '@secumon/contracts/gen/envelope'
import { parseEventSubject, SYSTEM_TENANT, InvalidSubject } from '@secumon/contracts/subjects'
import { identity } from '@secumon/domain/identity'
import type { ArchiveKeys } from '../archive/archive.ts'
import { decrypt, encrypt, EnvelopeBroken, openWith, placeOf, sealWith } from './envelope-cipher.ts'
import { DataKeyUnknown, KeysUnavailable } from './key-faults.ts'

/** Nobody can read it any more: the key was destroyed. */
export type Shredded = { readonly shredded: true }
export const SHREDDED: Shredded = { shredded: true }

export const isShredded = (value: object): value is Shredded => 'shredded' in value

const refuse = async (): Promise<never> => {
  throw new KeysUnavailable('this process was given no keys')
}

/** For who only has to do with what lies in clear. */
export const NO_KEYS: ArchiveKeys = { current: refuse, find: refuse }

/** True where envelopes lie in clear: identities, which gateways read without any key, and the platform's own. */
export const isPublic = ({ tenant, aggregate }: { tenant: string; aggregate: string }): boolean =>
  tenant === SYSTEM_TENANT || aggregate === identity.aggregate

/** The payload of an envelope for the log: sealed, unless its aggregate is public. @throws KeysUnavailable */
export async function sealEnvelope(
  subject: string,
  envelope: Envelope,
  keys: ArchiveKeys,
): Promise<Uint8Array> {
  const place = aggregateOf(subject)
  if (isPublic(place)) return toBinary(EnvelopeSchema, envelope)
  return toBinary(EnvelopeSchema, sealWith(subject, envelope, await keys.current(place.tenant)))
}

/**
 * The envelope in clear; one that was never sealed as it is.
 * @throws KeysUnavailable, DataKeyUnknown, EnvelopeBroken
 */
export async function openEnvelope(
  subject: string,
  envelope: Envelope,
  keys: ArchiveKeys,
): Promise<Envelope | Shredded> {
  if (!envelope.sealed) return envelope
  const key = await keys.find(aggregateOf(subject).tenant, envelope.sealed.keyId)
  return key ? openWith(subject, envelope, key) : SHREDDED
}

/**
 * What of a log message's payload goes into the archive: of a sealed envelope its content in clear, of anything else
 * the payload itself. So is a sealed one that does not open, or that no writer of ours has serialized.
 * @throws KeysUnavailable, EnvelopeBroken when it has no ciphertext at all
 */
export async function toArchivedPayload(
  subject: string,
  payload: Uint8Array,
  keys: ArchiveKeys,
): Promise<Uint8Array | Shredded> {
  if (!parseEventSubject(subject)) return payload
  const envelope = fromBinary(EnvelopeSchema, payload)
  const { sealed } = envelope
  if (!sealed) return payload
  if (sealed.ciphertext.length === 0) throw new EnvelopeBroken('a sealed envelope without ciphertext')
  const content = await contentOf(subject, envelope, sealed, keys)
  if (content === undefined) return SHREDDED
  if (content === 'closed' || !sameBytes(toBinary(EnvelopeSchema, envelope), payload)) return payload
  const bare = { ...sealed, ciphertext: new Uint8Array() }
  return toBinary(EnvelopeSchema, { ...envelope, sealed: bare, content })
}

/**
 * The log's bytes of what the archive holds, as they were.
 * @throws KeysUnavailable, DataKeyUnknown
 */
export async function fromArchivedPayload(
  subject: string,
  payload: Uint8Array,
  keys: ArchiveKeys,
): Promise<Uint8Array | Shredded> {
  const place = parseEventSubject(subject)
  if (!place) return payload
  const { content, ...envelope } = fromBinary(EnvelopeSchema, payload)
  const { sealed } = envelope
  if (!sealed || sealed.ciphertext.length > 0) return payload
  const key = await keys.find(place.tenant, sealed.keyId)
  if (!key) return SHREDDED
  const log = { ...envelope, content: new Uint8Array() }
  const ciphertext = encrypt(placeOf(subject, log), content, { key, nonce: sealed.nonce })
  return toBinary(EnvelopeSchema, { ...log, sealed: { ...sealed, ciphertext } })
}

function aggregateOf(subject: string) {
  const place = parseEventSubject(subject)
  if (!place) throw new InvalidSubject(`not an event subject: ${subject.slice(0, 80)}`)
  return place
}

async function contentOf(subject: string, envelope: Envelope, sealed: SealedContent, keys: ArchiveKeys) {
  try {
    const key = await keys.find(aggregateOf(subject).tenant, sealed.keyId)
    return key && decrypt(placeOf(subject, envelope), sealed, key)
  } catch (error) {
    if (error instanceof DataKeyUnknown || error instanceof EnvelopeBroken) return 'closed'
    throw error
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
