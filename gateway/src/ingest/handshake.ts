// Who opens a stream: the agent that can sign the challenge with its enrolled key.

import { isUlid } from '@secumon/contracts/ids'
import type { Open } from '@secumon/contracts/gen/ingest'
import { LANES, laneName, type LaneName } from '@secumon/contracts/lanes'
import type { Gateway } from './gateway.ts'
import type { Identities, KnownAgent } from './identities.ts'

/** Time a freshly enrolled agent's events have to arrive here. */
const CATCH_UP_MS = 2_000
const MAX_EPOCH = 1n << 32n

export type Opened =
  | { readonly outcome: 'opened'; readonly known: KnownAgent }
  | { readonly outcome: 're_enrol'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string }

type Doorkeeper = Pick<Gateway, 'verifier'> & {
  readonly identities: Pick<Identities, 'get' | 'catchUp'>
}

/** Checks an Open against the nonce it answers. */
export async function checkOpen(gateway: Doorkeeper, open: Open, nonce: Uint8Array): Promise<Opened> {
  const { agent, signature } = open
  if (!isUlid(agent)) return { outcome: 're_enrol', reason: 'the agent is not a ULID' }
  if (isBehind(gateway, open) && !(await gateway.identities.catchUp(CATCH_UP_MS)))
    return { outcome: 'unavailable', reason: 'the log of identities cannot be read now' }
  const known = gateway.identities.get(agent)
  if (!known) return { outcome: 're_enrol', reason: 'this agent is not enrolled' }
  const bytes = Buffer.concat([nonce, Buffer.from(agent, 'ascii')])
  const { promise, resolve } = Promise.withResolvers<boolean>()
  gateway.verifier.check({ context: 'open', bytes, signature, key: known.key }, resolve)
  if (!(await promise))
    return { outcome: 're_enrol', reason: 'the signature does not match the enrolled key' }
  // The identity may have changed while the signature was being checked, and no stream was there to be told.
  const latest = gateway.identities.get(agent) ?? known
  if (latest.identity.revoked) return { outcome: 're_enrol', reason: 'this identity was revoked' }
  return { outcome: 'opened', known: latest }
}

/** The epochs the agent says it knows; 0 for a lane it does not name, or not with a number that an epoch can have. */
export function claimedEpochs({ epochs }: Open): Record<LaneName, number> {
  const claimed: Record<LaneName, number> = { telemetry: 0, logs: 0 }
  for (const { lane, epoch } of epochs) {
    const name = laneName(lane)
    if (name && epoch <= MAX_EPOCH) claimed[name] = Number(epoch)
  }
  return claimed
}

// Enrolled or granted an epoch a moment ago, perhaps through another gateway.
function isBehind({ identities }: Doorkeeper, open: Open): boolean {
  const known = identities.get(open.agent)
  if (!known) return true
  const claimed = claimedEpochs(open)
  return LANES.some((lane) => claimed[lane] > known.epoch(lane))
}
