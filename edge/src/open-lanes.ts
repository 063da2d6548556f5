// The lanes' chains in the state directory: where their spools lie, and what a move from one chain to the next writes.

import { LANES, type LaneName } from '@secumon/contracts/lanes'
import type { HostClock } from './host-clock.ts'
import { openSpool } from './spool/file-spool.ts'
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from './spool/spool.ts'
import { StateDamaged, type Enrolled, type StateDirectory } from './state/state-directory.ts'
import { LaneChain, type LaneChainOptions, type SigningChain } from './uplink/lane-chain.ts'
import { moveTogether } from './uplink/lane-move.ts'

export type LanesOptions = {
  readonly state: StateDirectory
  readonly clock: HostClock
  /** Of both lanes together. */
  readonly limits: Partial<SpoolLimits>
  /** Of lane `logs`, bytes; undefined where this agent ships none. */
  readonly logsBytes: number | undefined
  readonly quarantine: LaneChainOptions['quarantine']
  /** Makes the move of one lane final. */
  readonly commit: (chain: SigningChain) => void
}

/** The lanes of an agent: `logs` only where it ships any. */
export type Lanes = {
  readonly telemetry: LaneChain
  readonly logs: LaneChain | undefined
  /** In the order in which they are sent. */
  readonly all: readonly LaneChain[]
}

/** Opens the chains that the identity names; leftovers of others are removed. @throws StateDamaged, Locked */
export function openLanes(enrolled: Enrolled, options: LanesOptions): Lanes {
  const { state, limits, logsBytes } = options
  const { epochs } = enrolled.identity
  state.keepSpoolsOf(LANES.filter((lane) => epochs[lane]).map((lane) => chainOf(enrolled, lane).identity))
  const total = { ...DEFAULT_SPOOL_LIMITS, ...limits }
  // An identity from before there were logs has no chain for them.
  if (logsBytes === undefined || !epochs.logs) {
    const telemetry = openLane(enrolled, 'telemetry', { ...options, limits: total })
    return { telemetry, logs: undefined, all: [telemetry] }
  }
  const maxBytes = Math.max(total.maxBytes - logsBytes, total.maxBytes / 4)
  const telemetry = openLane(enrolled, 'telemetry', { ...options, limits: { ...total, maxBytes } })
  // Lines wait where they were written when the spool or the disk is full: neither drops any of them.
  const logs = openLane(enrolled, 'logs', { ...options, limits: { maxBytes: logsBytes, maxAgeMs: Infinity } })
  return { telemetry, logs, all: [telemetry, logs] }
}

function openLane(
  enrolled: Enrolled,
  lane: LaneName,
  { state, clock, limits, quarantine, commit }: LanesOptions,
): LaneChain {
  const chain = chainOf(enrolled, lane)
  return new LaneChain({
    chain,
    openSpool: (identity, anchor) => {
      // A chain that is moved to begins empty, whatever an interrupted move left there.
      if (identity !== chain.identity) state.clearSpool(identity)
      const keepsUnsent = lane === 'logs'
      return openSpool({ directory: state.spoolPath(identity), anchor, clock, limits, keepsUnsent })
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

/**
 * Makes every lane the new identity's. A kill at any moment leaves all of them the old one's or all the new one's, with
 * what was unsent.
 * @param commit saves the identity
 */
export async function moveLanes({ all }: Lanes, enrolled: Enrolled, commit: () => void): Promise<void> {
  const moves = all.map((lane) => ({ lane, next: chainOf(enrolled, lane.identity.lane) }))
  await moveTogether(moves, commit)
}

/** The last frame sealed, and the last one known to be in the log. */
export const laneCounts = (lane: LaneChain | undefined): { sealed: number; accepted: number } => ({
  sealed: lane?.spool.head.sequence ?? 0,
  accepted: lane?.accepted ?? 0,
})
