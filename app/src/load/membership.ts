// Who a simulated agent is: keys from the fleet's own secret, so that the same fleet comes back as the same agents.

import { createHmac, type KeyObject } from 'node:crypto'
import type { ChainIdentity } from '@secumon/contracts/frame'
import { privateKeyFromSeed } from '@secumon/contracts/signing'
import { enrol } from '@secumon/edge/enrol'

export type Membership = {
  readonly name: string
  readonly key: KeyObject
  readonly chain: ChainIdentity
  readonly epochStarted: Uint8Array
  readonly ingestUrl: string
}

export type Recruitment = {
  readonly apiUrl: string
  readonly token: string
  /** 32 bytes; agent i's key is HMAC-SHA-256 of its number under it. */
  readonly secret: Uint8Array
  readonly signal: AbortSignal
}

/** Enrols agent number `i`, or finds it enrolled. */
export async function recruit(
  { apiUrl, token, secret, signal }: Recruitment,
  i: number,
): Promise<Membership> {
  const key = privateKeyFromSeed(createHmac('sha256', secret).update(String(i)).digest())
  const name = agentName(i)
  const enrolled = await enrol({
    apiUrl,
    token,
    key,
    name,
    tags: ['demo', TAGS[i % TAGS.length] ?? 'web'],
    simulated: true,
    signal,
  })
  const epoch = enrolled.epochs.telemetry
  if (!epoch) throw new Error(`${name} was enrolled without a telemetry lane`)
  const chain = {
    tenant: enrolled.tenant,
    agent: enrolled.agent,
    epoch: epoch.epoch,
    lane: 'telemetry',
  } as const
  return { name, key, chain, epochStarted: epoch.epochStarted, ingestUrl: enrolled.ingestUrl }
}

/** What agent number `i` of a fleet is called. */
export const agentName = (i: number): string => `demo-${String(i).padStart(5, '0')}`

const TAGS = ['web', 'database', 'mail', 'edge', 'batch']
