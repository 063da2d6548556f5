// A lane's chain in the state directory: where its spool lies, and what a move from one chain to the next writes.

import type { LaneName } from '@secumon/contracts/lanes'
import type { HostClock } from './host-clock.ts'
import { openSpool } from './spool/file-spool.ts'
import type { SpoolLimits } from './spool/spool.ts'
import { StateDamaged, type Enrolled, type StateDirectory } from './state/state-directory.ts'
import { LaneChain, type LaneChainOptions, type SigningChain } from './uplink/lane-chain.ts'

export type LaneOptions = {
  readonly lane: LaneName
  readonly state: StateDirectory
  readonly clock: HostClock
  readonly limits: Partial<SpoolLimits>
  readonly quarantine: LaneChainOptions['quarantine']
  /** Makes a move final. */
  readonly commit: (chain: SigningChain) => void
}

/** Opens the chain that the identity names; leftovers of others are removed. @throws StateDamaged, Locked */
export function openLane(
  enrolled: Enrolled,
  { lane, state, clock, limits, quarantine, commit }: LaneOptions,
): LaneChain {
  const chain = chainOf(enrolled, lane)
  state.keepSpoolsOf([chain.identity])
  return new LaneChain({
    chain,
    openSpool: (identity, anchor) => {
      // A chain that is moved to begins empty, whatever an interrupted move left there.
      if (identity !== chain.identity) state.clearSpool(identity)
      return openSpool({ directory: state.spoolPath(identity), anchor, clock, limits })
    },
    commit,
    discard: (identity) => state.clearSpool(identity),
    quarantine,
  })
}

/** The lane's chain as the identity has it. @throws StateDamaged when it has none */
export function chainOf({ identity, key }: Enrolled, lane: LaneName): SigningChain {
  const { tenant, agent, epochs } = identity
  const known = epochs[lane]
  if (!known)
    throw new StateDamaged(`the identity of agent ${agent} has no epoch of lane ${lane}. Enrol again.`)
  return { identity: { tenant, agent, epoch: known.epoch, lane }, epochStarted: known.epochStarted, key }
}

/** The identity with this chain in place of the lane's old one. */
export function withChain(
  { identity }: Enrolled,
  { identity: chain, epochStarted, key }: SigningChain,
): Enrolled {
  const epochs = { ...identity.epochs, [chain.lane]: { epoch: chain.epoch, epochStarted } }
  return { identity: { ...identity, epochs }, key }
}
