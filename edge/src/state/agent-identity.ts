// Who this host is to the platform, as it lies in `identity.json`. What comes from a file or from the network is
// hostile until it was read here.

import { isUlid } from '@secumon/contracts/ids'
import { LANES, type LaneName } from '@secumon/contracts/lanes'
import { PUBLIC_KEY_BYTES } from '@secumon/contracts/signing'
import { isTenant } from '@secumon/contracts/subjects'

export type LaneEpoch = {
  readonly epoch: number
  /** Serialized EpochStarted: the anchor of the chain. */
  readonly epochStarted: Uint8Array
}

export type AgentIdentity = {
  readonly tenant: string
  /** ULID. */
  readonly agent: string
  readonly ingestUrl: string
  /** Ed25519, 32 bytes: signs this agent's configuration; pinned at enrolment. */
  readonly configPublicKey: Uint8Array
  readonly epochs: Readonly<Partial<Record<LaneName, LaneEpoch>>>
}

/** A field is missing or not what it should be; the message names it. */
export class BadIdentity extends Error {
  override readonly name = 'BadIdentity'
}

const MAX_URL_LENGTH = 2048
const MAX_EPOCH_STARTED_BYTES = 4096
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the answer of the enrolment endpoint, which is also the form of `identity.json`.
 * @throws BadIdentity naming the first field that is wrong
 */
export function parseIdentity(value: unknown): AgentIdentity {
  const fields = object(value, 'the answer')
  const tenant = text(fields, 'tenant')
  const agent = text(fields, 'agent')
  if (!isTenant(tenant)) throw new BadIdentity('tenant is malformed')
  if (!isUlid(agent)) throw new BadIdentity('agent is not a ULID')
  const configPublicKey = base64(fields, 'config_public_key', PUBLIC_KEY_BYTES)
  if (configPublicKey.length !== PUBLIC_KEY_BYTES)
    throw new BadIdentity('config_public_key must have 32 bytes')
  return {
    tenant,
    agent,
    ingestUrl: httpUrl(fields, 'ingest_url'),
    configPublicKey,
    epochs: epochs(fields['epochs']),
  }
}

/** What `parseIdentity` reads. */
export function identityFields({ tenant, agent, ingestUrl, configPublicKey, epochs }: AgentIdentity): Fields {
  return {
    tenant,
    agent,
    ingest_url: ingestUrl,
    config_public_key: encode(configPublicKey),
    epochs: LANES.flatMap((lane) => {
      const known = epochs[lane]
      return known ? [{ lane, epoch: known.epoch, epoch_started: encode(known.epochStarted) }] : []
    }),
  }
}

export const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function epochs(value: unknown): AgentIdentity['epochs'] {
  if (!Array.isArray(value)) throw new BadIdentity('epochs is not a list')
  const known: Partial<Record<LaneName, LaneEpoch>> = {}
  for (const item of value.slice(0, 16)) {
    const fields = object(item, 'an epoch')
    const lane = LANES.find((name) => name === fields['lane'])
    // A lane that this version does not know is not its business.
    if (!lane) continue
    const epoch = fields['epoch']
    if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 1)
      throw new BadIdentity('epoch is not a whole number from 1 on')
    known[lane] = { epoch, epochStarted: base64(fields, 'epoch_started', MAX_EPOCH_STARTED_BYTES) }
  }
  return known
}

export function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadIdentity(`${name} is not an object`)
  return Object.fromEntries(Object.entries(value))
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '' || value.length > MAX_URL_LENGTH)
    throw new BadIdentity(`${name} is missing or not text`)
  return value
}

function httpUrl(fields: Fields, name: string): string {
  const value = text(fields, name)
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new BadIdentity(`${name} is not an http(s) URL`)
  return value
}

function base64(fields: Fields, name: string, maxBytes: number): Uint8Array {
  const value = fields[name]
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.length > Math.ceil(maxBytes / 3) * 4 ||
    !BASE64.test(value)
  )
    throw new BadIdentity(`${name} is missing or not base64 of at most ${maxBytes} bytes`)
  return new Uint8Array(Buffer.from(value, 'base64'))
}
