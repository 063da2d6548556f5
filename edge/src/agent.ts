// The agent: measures every period, seals each observation into its chain, keeps it until the log has it safely, and
// streams whenever there is a link. Everything else goes on when one part fails.

import { readConfig } from './agent-config.ts'
import { enrolOnce, enrolPatiently, type Registration } from './registration.ts'
import { errorText } from './error-code.ts'
import { hostClock, type HostClock } from './host-clock.ts'
import type { EdgeLogger } from './log.ts'
import { chainOf, openLane, withChain } from './open-lane.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { DEFAULT_PERIOD_MS, type Sampler } from './sampler.ts'
import type { SpoolLimits } from './spool/spool.ts'
import { quarantineFrame } from './state/quarantine.ts'
import { StateDirectory, type Enrolled, type SignedConfig } from './state/state-directory.ts'
import { runEvery } from './ticker.ts'
import type { LaneChain } from './uplink/lane-chain.ts'
import type { ProxyEnvironment } from './uplink/proxy.ts'
import { createUplink, type Uplink, type UplinkTimings } from './uplink/uplink.ts'
import { sleep } from './uplink/wake.ts'

export type AgentOptions = {
  /** Made when missing; holds key, identity, spool and quarantine. One agent at a time. */
  readonly stateDirectory: string
  /** The API's address, without `/api/v1`. */
  readonly apiUrl: string
  /** Needed until the first enrolment, and again when the identity is refused. */
  readonly enrolmentToken?: string
  readonly name: string
  readonly tags?: readonly string[]
  /** Marks the agent as one of a simulated fleet. */
  readonly simulated?: boolean
  readonly agentVersion: string
  readonly sampler: Sampler
  readonly logger: EdgeLogger
  readonly clock?: HostClock
  /** 1,000 – 300,000; until a configuration says otherwise. Default 10,000. */
  readonly periodMs?: number
  readonly spoolLimits?: Partial<SpoolLimits>
  readonly timings?: Partial<UplinkTimings>
  /** Where HTTPS_PROXY and NO_PROXY are looked up. Default: the process's environment. */
  readonly environment?: ProxyEnvironment
  /** Certificate authorities to trust instead of the built-in ones, PEM. */
  readonly authorities?: string
}

export type AgentStatus = {
  /** ULID; undefined until enrolled. */
  readonly agent: string | undefined
  readonly isConnected: boolean
  readonly lastFailure: string | undefined
  /** The last frame sealed, and the last one known to be in the log. */
  readonly sealed: number
  readonly accepted: number
  /** Observations that could not be kept since the start. */
  readonly lost: number
}

export type RunningAgent = {
  status(): AgentStatus
  /** Resolves after `stop`; rejects when the agent cannot go on. */
  readonly ended: Promise<void>
  /** Stops within two seconds; what was sealed stays in the spool. */
  stop(): Promise<void>
}

/** There is neither an identity nor a token to get one. */
export class NotEnrolled extends Error {
  override readonly name = 'NotEnrolled'
}

/** After the gateway refused the identity and no new one was to be had. */
const REFUSED_RETRY_MS = 5 * 60_000

/**
 * Opens the state directory and starts measuring; enrolment and streaming go on in the background.
 * @throws Locked when an agent runs on the directory already, StateDamaged when it cannot be used, NotEnrolled
 * without identity and token, RangeError for a period out of range
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const periodMs = options.periodMs ?? DEFAULT_PERIOD_MS
  options.sampler.setPeriods({ periodMs })
  const state = new StateDirectory(options.stateDirectory)
  try {
    const enrolled = state.load()
    if (!enrolled && !options.enrolmentToken)
      throw new NotEnrolled('no enrolment token, and not enrolled yet')
    return new Agent(options, state, enrolled, periodMs)
  } catch (error) {
    state.close()
    throw error
  }
}

class Agent implements RunningAgent {
  readonly ended: Promise<void>
  readonly #options: AgentOptions
  readonly #clock: HostClock
  readonly #state: StateDirectory
  readonly #recorder: Recorder
  readonly #stopping = new AbortController()
  #periodMs: number
  #configVersion = 0n
  #enrolled: Enrolled | undefined
  /** A new identity whose chain is not begun yet. */
  #candidate: Enrolled | undefined
  #replacedAtMs = -Infinity
  #lane: LaneChain | undefined
  #uplink: Uplink | undefined

  constructor(
    options: AgentOptions,
    state: StateDirectory,
    enrolled: Enrolled | undefined,
    periodMs: number,
  ) {
    this.#options = options
    this.#clock = options.clock ?? hostClock()
    this.#state = state
    this.#periodMs = periodMs
    this.#recorder = createRecorder(this.#clock, options.logger)
    if (enrolled) this.#begin(enrolled)
    this.ended = this.#run()
    this.ended.catch((error: unknown) =>
      options.logger.error('the agent ended', { reason: errorText(error) }),
    )
  }

  status(): AgentStatus {
    return {
      agent: this.#enrolled?.identity.agent,
      isConnected: this.#uplink?.isConnected ?? false,
      lastFailure: this.#uplink?.lastFailure,
      sealed: this.#lane?.spool.head.sequence ?? 0,
      accepted: this.#lane?.accepted ?? 0,
      lost: this.#recorder.lost,
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.ended.catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const work = [this.#measure(signal), this.#connect(signal)]
    try {
      await Promise.all(work)
    } finally {
      this.#stopping.abort()
      await Promise.allSettled(work)
      await this.#lane?.close()
      this.#state.close()
    }
  }

  // A stop does not wait for a slow sample; what it brings late is not recorded.
  #measure(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const measuring = runEvery({ clock: this.#clock, periodMs: () => this.#periodMs, signal }, async () => {
      const observation = await this.#options.sampler.sample()
      observation.simulated = this.#options.simulated ?? observation.simulated
      if (!signal.aborted) this.#recorder.record(observation)
    })
    return Promise.race([measuring, stopped])
  }

  async #connect(signal: AbortSignal): Promise<void> {
    if (!this.#enrolled) {
      const enrolled = await enrolPatiently(this.#registration(), this.#state, signal)
      if (!enrolled) return
      this.#state.save(enrolled)
      this.#begin(enrolled)
    }
    while (this.#enrolled && this.#lane && !signal.aborted) {
      this.#uplink = this.#createUplink(this.#enrolled, this.#lane)
      const end = await this.#uplink.run(signal)
      if (end.kind === 're-enrol') await this.#replaceIdentity(this.#lane, end.reason, signal)
    }
  }

  #begin(enrolled: Enrolled): void {
    this.#enrolled = enrolled
    this.#lane = openLane(enrolled, {
      lane: 'telemetry',
      state: this.#state,
      clock: this.#clock,
      limits: this.#options.spoolLimits ?? {},
      commit: (chain) => this.#commit(withChain(this.#candidate ?? enrolledNow(this.#enrolled), chain)),
    })
    this.#recorder.begin(this.#lane)
    const kept = this.#state.loadConfig()
    if (kept) this.#configure(kept)
    const { agent, tenant, ingestUrl } = enrolled.identity
    this.#options.logger.info('agent ready', { agent, tenant, ingest: ingestUrl })
  }

  #commit(enrolled: Enrolled): void {
    this.#state.save(enrolled)
    this.#enrolled = enrolled
  }

  #createUplink({ identity, key }: Enrolled, lane: LaneChain): Uplink {
    const { agentVersion, logger, timings, environment, authorities } = this.#options
    return createUplink({
      ingestUrl: identity.ingestUrl,
      agent: identity.agent,
      agentVersion,
      key,
      lanes: [lane],
      clock: this.#clock,
      logger,
      quarantine: (chain, record, why) =>
        quarantineFrame(this.#state.quarantinePath, chain.identity, { record, why }),
      onConfig: (config) => this.#configure(config),
      ...(timings && { timings }),
      ...(environment && { environment }),
      ...(authorities && { authorities }),
    })
  }

  // A configuration that is not good changes nothing; the last good one stays.
  #configure(signed: SignedConfig): void {
    const { logger, sampler } = this.#options
    if (!this.#enrolled) return
    try {
      const { version, periods } = readConfig(signed, this.#enrolled.identity)
      if (version <= this.#configVersion) return
      sampler.setPeriods(periods)
      this.#configVersion = version
      this.#periodMs = periods.periodMs
      this.#state.saveConfig(signed)
      logger.info('configuration applied', { version, ...periods })
    } catch (error) {
      logger.warn('a configuration was ignored', { reason: errorText(error) })
    }
  }

  // Spooling goes on meanwhile; what is surely unsent goes along to the new identity.
  async #replaceIdentity(lane: LaneChain, reason: string, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options
    logger.error('the platform no longer takes this identity', { agent: lane.identity.agent, reason })
    const isTooSoon = this.#clock.monotonicMs() - this.#replacedAtMs < REFUSED_RETRY_MS
    if (isTooSoon) await sleep(REFUSED_RETRY_MS, signal)
    this.#candidate = await enrolOnce(this.#registration(), this.#state, signal)
    if (!this.#candidate) return sleep(REFUSED_RETRY_MS * (1 + Math.random() / 4), signal)
    const moved = await lane.move(chainOf(this.#candidate, 'telemetry'))
    this.#candidate = undefined
    this.#replacedAtMs = this.#clock.monotonicMs()
    this.#configVersion = 0n
    logger.warn('enrolled as a new agent', { agent: lane.identity.agent, ...moved })
  }

  #registration(): Registration {
    const { apiUrl, enrolmentToken, name, tags, simulated, logger, environment, authorities } = this.#options
    return {
      apiUrl,
      token: enrolmentToken,
      name,
      tags: tags ?? [],
      simulated: simulated ?? false,
      logger,
      ...(environment && { environment }),
      ...(authorities && { authorities }),
    }
  }
}

function enrolledNow(enrolled: Enrolled | undefined): Enrolled {
  if (!enrolled) throw new Error('a chain moved before there was an identity')
  return enrolled
}
