// Reads a gateway's grant of a new epoch and checks that it is this lane's.

import { fromBinary } from '@bufbuild/protobuf'
import { EpochStartedSchema, type EpochStarted } from '@secumon/contracts/gen/identity'
import type { EpochGrant } from '@secumon/contracts/gen/ingest'
import { laneNumber } from '@secumon/contracts/lanes'
import { rawPublicKey } from '@secumon/contracts/signing'
import { errorText } from '../error-code.ts'
import { GatewayFault } from './gateway-fault.ts'
import type { LaneChain } from './lane-chain.ts'

export type Granted = { readonly epoch: number; readonly epochStarted: Uint8Array }

/** @throws GatewayFault when it is for somebody else, or does not raise the epoch */
export function readEpochGrant(grant: EpochGrant, { identity, key }: LaneChain): Granted {
  const epoch = Number(grant.epoch)
  const started = decode(grant.epochStarted)
  const isOurs =
    started.agent === identity.agent &&
    started.epoch === grant.epoch &&
    started.lane === laneNumber(identity.lane) &&
    grant.lane === started.lane &&
    Buffer.compare(started.publicKey, rawPublicKey(key)) === 0
  if (!isOurs) throw new GatewayFault('an epoch was granted that is not for this agent and lane')
  if (!Number.isSafeInteger(epoch) || epoch <= identity.epoch)
    throw new GatewayFault(`epoch ${epoch} was granted after ${identity.epoch}`)
  return { epoch, epochStarted: grant.epochStarted }
}

function decode(bytes: Uint8Array): EpochStarted {
  try {
    return fromBinary(EpochStartedSchema, bytes)
  } catch (cause) {
    throw new GatewayFault(`an unreadable epoch was granted: ${errorText(cause)}`, { cause })
  }
}
