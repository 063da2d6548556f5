// One agent of a simulated fleet: an invented host, but real keys, frames and signatures on the real uplink.

import type { Observation } from '@secumon/contracts/gen/observation'
import type { ChainHead } from '@secumon/contracts/frame'
import { sealedNow, type HostClock } from '@secumon/edge/host-clock'
import type { EdgeLogger } from '@secumon/edge/log'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'
import { DEFAULT_PERIOD_MS, DEFAULT_PROCESS_PERIOD_MS } from '@secumon/edge/sampler'
import { openMemorySpool } from '@secumon/edge/spool/memory-spool'
import { LaneChain } from '@secumon/edge/uplink/lane-chain'
import { createUplink, type Uplink } from '@secumon/edge/uplink/uplink'
import type { Membership } from './membership.ts'

const MAX_SPOOL_BYTES = 1024 ** 2

export type SimulatedAgentOptions = {
  readonly membership: Membership
  /** Where the log stood when this fleet last stopped; absent: at the epoch's beginning. */
  readonly head?: ChainHead | undefined
  readonly seed: number
  readonly periodMs: number
  readonly ticksPerFrame: number
  readonly processes: boolean
  /** Changes what the host is said to measure before it is signed. */
  readonly adjust?: (observation: Observation) => void
  readonly clock: HostClock
  readonly logger: EdgeLogger
}

export class SimulatedAgent {
  readonly #chain: LaneChain
  readonly #host: ReturnType<typeof createSimulatedHost>
  readonly #options: SimulatedAgentOptions
  readonly #pending: Observation[] = []
  readonly #running: Promise<unknown>
  readonly #stop = new AbortController()
  #sealed = 0

  constructor(options: SimulatedAgentOptions) {
    const { membership, seed, clock, logger } = options
    const periodMs = options.periodMs || DEFAULT_PERIOD_MS
    const processPeriodMs = options.processes ? DEFAULT_PROCESS_PERIOD_MS : 0
    this.#options = options
    this.#host = createSimulatedHost({ seed, hostname: membership.name, periodMs, processPeriodMs })
    this.#chain = new LaneChain({
      chain: { identity: membership.chain, epochStarted: membership.epochStarted, key: membership.key },
      openSpool: (chain, anchor) =>
        openMemorySpool({
          anchor: chain.epoch === membership.chain.epoch ? (options.head ?? anchor) : anchor,
          maxBytes: MAX_SPOOL_BYTES,
        }),
      commit: () => undefined,
      discard: () => undefined,
      quarantine: (_chain, { sequence }, why) =>
        logger.warn('a simulated frame was set aside', { sequence, why }),
    })
    const uplink = createUplink({
      ingestUrl: membership.ingestUrl,
      agent: membership.chain.agent,
      agentVersion: 'simulator',
      key: membership.key,
      lanes: [this.#chain],
      clock,
      logger,
      quarantine: (_chain, { sequence }, why) =>
        logger.warn('a simulated frame was refused', { sequence, why }),
      environment: {},
    })
    this.#running = runUplink(uplink, this.#stop.signal)
  }

  get id(): string {
    return this.#chain.identity.agent
  }

  /** Frames sealed since the start. */
  get sealed(): number {
    return this.#sealed
  }

  /** Frames sealed and not known to be in the log. */
  get underway(): number {
    return this.#chain.spool.head.sequence - this.#chain.accepted
  }

  /** The chain's epoch and head: where another start can go on. */
  get place(): { readonly epoch: number; readonly head: ChainHead } {
    return { epoch: this.#chain.identity.epoch, head: this.#chain.spool.head }
  }

  /** Makes one tick; every `ticksPerFrame` of them a frame is sealed and sent. @param atMs wall clock of the tick */
  tick(atMs: number, intervalMs: number): void {
    const { adjust, ticksPerFrame, clock } = this.#options
    const observation = simulatedObservation(this.#host, atMs, intervalMs)
    adjust?.(observation)
    this.#pending.push(observation)
    if (this.#pending.length < ticksPerFrame) return
    this.#chain.append(
      { observations: this.#pending.splice(0) },
      {
        sentAtMs: Math.round(clock.nowMs()),
        sealedAt: sealedNow(clock),
      },
    )
    this.#sealed++
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#chain.close()
  }
}

// A fleet that finds nobody keeps trying; one whose identity is refused is done.
async function runUplink(uplink: Uplink, signal: AbortSignal): Promise<void> {
  while ((await uplink.run(signal)).kind === 'unreachable');
}
