// Aggregate `identity`: who an agent is to the gateways. Keys, epochs, revocation; no names, no secrets.

import { create } from '@bufbuild/protobuf'
import {
  AgentEnrolledSchema,
  CloneDetectedSchema,
  EpochStartedSchema,
  IdentityRevokedSchema,
  type EpochStarted,
} from '@secumon/contracts/gen/identity'
import { EpochReason } from '@secumon/contracts/gen/ingest'
import { LANES, laneName, laneNumber, type LaneName } from '@secumon/contracts/lanes'
import type { Decider, DomainEvent } from './decider.ts'
import { Rejected } from './rejected.ts'

/** An agent may begin one new epoch per lane in this time. */
export const EPOCH_INTERVAL_MS = 10 * 60_000

export type Identity = {
  readonly tenant: string
  readonly publicKey: Uint8Array
  /** The newest epoch of each lane; its bytes anchor the chain. */
  readonly epochs: Readonly<Partial<Record<LaneName, EpochStarted>>>
  readonly revoked: boolean
}

export type IdentityState = Identity | undefined

export type IdentityCommand =
  | {
      readonly kind: 'EnrolAgent'
      readonly agent: string
      readonly tenant: string
      readonly publicKey: Uint8Array
      readonly atMs: number
    }
  | {
      readonly kind: 'StartEpoch'
      readonly agent: string
      readonly lane: LaneName
      /**
       * The epoch the agent knows; a newer one that it has not heard of is granted again instead of a new one. Beyond
       * the newest here when the log has lost it; then it is not given out again.
       */
      readonly known: number
      readonly reason: EpochReason
      readonly quarantinedFrames: number
      readonly atMs: number
    }
  | { readonly kind: 'RevokeIdentity'; readonly agent: string; readonly reason: string }
  | {
      readonly kind: 'ReportClone'
      readonly agent: string
      readonly lane: LaneName
      readonly epoch: number
      readonly sequence: number
      readonly loggedHash: Uint8Array
      readonly offeredHash: Uint8Array
    }

type Command<K extends IdentityCommand['kind']> = Extract<IdentityCommand, { kind: K }>

export const identity: Decider<IdentityCommand, IdentityState> = {
  aggregate: 'identity',
  initial: undefined,
  decide(command, state) {
    switch (command.kind) {
      case 'EnrolAgent':
        return enrol(command, state)
      case 'StartEpoch':
        return startEpoch(command, known(state, command.agent))
      case 'RevokeIdentity':
        return known(state, command.agent).revoked ? [] : [revoked(command)]
      case 'ReportClone':
        return reportClone(command, known(state, command.agent))
    }
  },
  evolve,
}

export function evolve(state: IdentityState, event: DomainEvent): IdentityState {
  switch (event.case) {
    case 'agentEnrolled':
      return { tenant: event.value.tenant, publicKey: event.value.publicKey, epochs: {}, revoked: false }
    case 'epochStarted': {
      const lane = laneName(event.value.lane)
      if (!state || !lane) return state
      return { ...state, publicKey: event.value.publicKey, epochs: { ...state.epochs, [lane]: event.value } }
    }
    case 'identityRevoked':
    case 'cloneDetected':
      return state && { ...state, revoked: true }
    default:
      return state
  }
}

function enrol(command: Command<'EnrolAgent'>, state: IdentityState): DomainEvent[] {
  if (state) {
    if (sameBytes(state.publicKey, command.publicKey)) return []
    throw new Rejected('already_exists', `agent ${command.agent} is enrolled with another key`)
  }
  const { agent, tenant, publicKey, atMs } = command
  return [
    { case: 'agentEnrolled', value: create(AgentEnrolledSchema, { agent, tenant, publicKey }) },
    ...LANES.map((lane) =>
      epochStarted({
        agent,
        lane,
        publicKey,
        epoch: 1,
        reason: EpochReason.ENROLLED,
        quarantinedFrames: 0,
        atMs,
      }),
    ),
  ]
}

function startEpoch(command: Command<'StartEpoch'>, state: Identity): DomainEvent[] {
  if (state.revoked) throw new Rejected('revoked', `agent ${command.agent} is revoked`)
  const newest = state.epochs[command.lane]
  const epoch = Number(newest?.epoch ?? 0n)
  if (command.known < epoch) return []
  const waitMs = newest && epoch > 1 ? Number(newest.atMs) + EPOCH_INTERVAL_MS - command.atMs : 0
  // The newest epoch began in the future: a clock was wrong, and no agent shall wait until it is right.
  if (waitMs > 0 && waitMs <= 2 * EPOCH_INTERVAL_MS)
    throw new Rejected('too_soon', 'one new epoch per lane in ten minutes', { retryAfterMs: waitMs })
  return [epochStarted({ ...command, publicKey: state.publicKey, epoch: command.known + 1 })]
}

function reportClone(command: Command<'ReportClone'>, state: Identity): DomainEvent[] {
  if (state.revoked) return []
  const { agent, lane, epoch, sequence, loggedHash, offeredHash } = command
  const value = create(CloneDetectedSchema, {
    agent,
    lane: laneNumber(lane),
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    loggedHash,
    offeredHash,
  })
  return [{ case: 'cloneDetected', value }]
}

type NewEpoch = {
  agent: string
  lane: LaneName
  publicKey: Uint8Array
  epoch: number
  reason: EpochReason
  quarantinedFrames: number
  atMs: number
}

const epochStarted = (epoch: NewEpoch): DomainEvent => ({
  case: 'epochStarted',
  value: create(EpochStartedSchema, {
    agent: epoch.agent,
    lane: laneNumber(epoch.lane),
    publicKey: epoch.publicKey,
    epoch: BigInt(epoch.epoch),
    reason: epoch.reason,
    quarantinedFrames: BigInt(epoch.quarantinedFrames),
    atMs: BigInt(epoch.atMs),
  }),
})

const revoked = ({ agent, reason }: Command<'RevokeIdentity'>): DomainEvent => ({
  case: 'identityRevoked',
  value: create(IdentityRevokedSchema, { agent, reason }),
})

function known(state: IdentityState, agent: string): Identity {
  if (!state) throw new Rejected('not_found', `agent ${agent} is not enrolled`)
  return state
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
