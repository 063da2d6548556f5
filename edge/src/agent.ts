// The agent: measures every period, seals each observation into its chain, keeps it until the log has it safely, and
// streams whenever there is a link. Everything else goes on when one part fails.

import type { ChainIdentity } from '@secumon/contracts/frame'
import { readConfig } from './agent-config.ts'
import type { AgentOptions, AgentStatus } from './agent-options.ts'
import { enrolPatiently, presentIdentity, registrationOf, replaceIdentity } from './registration.ts'
import { errorText, isDiskFull } from './error-code.ts'
import { hostClock, type HostClock } from './host-clock.ts'
import { keepShipping } from './logs/keep-shipping.ts'
import { laneCounts, moveLanes, openLanes, withChain, type Lanes } from './open-lanes.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { DEFAULT_PERIOD_MS } from './sampler.ts'
import type { SpoolRecord } from './spool/spool.ts'
import { StateDirectory, type Enrolled, type SignedConfig } from './state/state-directory.ts'
import { runEvery } from './ticker.ts'
import { createUplink, type Uplink } from './uplink/uplink.ts'
import { sleep } from './uplink/wake.ts'

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
/** After it did, and the API still knows the identity. */
const KNOWN_RETRY_MS = 10_000
/** Between two questions where the gateway is: doubling from the first to the second. */
const LOOK_UP_MIN_MS = 30_000
const LOOK_UP_MAX_MS = 30 * 60_000

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
  #replacedAtMs = -Infinity
  #nextLookUpMs = -Infinity
  #lookUpPauseMs = LOOK_UP_MIN_MS
  #lanes: Lanes | undefined
  readonly #logCounts = { lines: 0, dropped: 0 }
  readonly #begun = Promise.withResolvers<Lanes>()
  #uplink: Uplink | undefined
  /** Whose stream it keeps, and where to. */
  #uplinkTarget = ''

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
      epoch: this.#lanes?.telemetry.identity.epoch,
      isConnected: this.#uplink?.isConnected ?? false,
      lastFailure: this.#uplink?.lastFailure,
      sealed: this.#lanes?.telemetry.spool.head.sequence ?? 0,
      accepted: this.#lanes?.telemetry.accepted ?? 0,
      logs: { ...this.#logCounts, ...laneCounts(this.#lanes?.logs) },
      lost: this.#recorder.lost,
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.ended.catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const work = [this.#measure(signal), this.#connect(signal), this.#shipLogs(signal)]
    try {
      await Promise.all(work)
    } finally {
      this.#stopping.abort()
      await Promise.allSettled(work)
      for (const lane of this.#lanes?.all ?? []) await lane.close()
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

  #shipLogs(signal: AbortSignal): Promise<void> {
    const { logs: config, logger } = this.#options
    const lanes = this.#begun.promise
    if (!config) return Promise.resolve()
    return keepShipping({ config, lanes, clock: this.#clock, logger, counts: this.#logCounts }, signal)
  }

  async #connect(signal: AbortSignal): Promise<void> {
    if (!this.#enrolled) {
      const enrolled = await enrolPatiently(registrationOf(this.#options), this.#state, signal)
      if (!enrolled) return
      this.#state.save(enrolled)
      this.#begin(enrolled)
    }
    while (this.#enrolled && this.#lanes && !signal.aborted) {
      try {
        const end = await this.#uplinkFor(this.#enrolled, this.#lanes).run(signal)
        if (end.kind === 're-enrol') await this.#replaceIdentity(this.#enrolled, this.#lanes, end.reason)
        if (end.kind === 'unreachable') await this.#lookUpGateway(this.#enrolled)
      } catch (error) {
        // A full disk keeps nothing new; what is there goes on being measured and sent.
        if (!isDiskFull(error)) throw error
        this.#options.logger.error('the identity cannot be changed', { reason: errorText(error) })
        await sleep(jittered(KNOWN_RETRY_MS), signal)
      }
    }
  }

  #begin(enrolled: Enrolled): void {
    this.#enrolled = enrolled
    this.#lanes = openLanes(enrolled, {
      state: this.#state,
      clock: this.#clock,
      limits: this.#options.spoolLimits ?? {},
      logsBytes: this.#options.logs?.spoolBytes,
      quarantine: (chain, record, why) => this.#quarantine(chain, record, why),
      commit: (chain) => this.#commit(withChain(enrolledNow(this.#enrolled), chain)),
    })
    this.#recorder.begin(this.#lanes.telemetry)
    this.#begun.resolve(this.#lanes)
    const kept = this.#state.loadConfig()
    if (kept) this.#configure(kept)
    const { agent, tenant, ingestUrl } = enrolled.identity
    this.#options.logger.info('agent ready', { agent, tenant, ingest: ingestUrl })
  }

  #commit(enrolled: Enrolled): void {
    this.#state.save(enrolled)
    this.#enrolled = enrolled
  }

  // One uplink for as long as it leads to the same place: it remembers how long to hold back.
  #uplinkFor(enrolled: Enrolled, lanes: Lanes): Uplink {
    const target = `${enrolled.identity.agent} ${enrolled.identity.ingestUrl}`
    if (target !== this.#uplinkTarget || !this.#uplink) this.#uplink = this.#createUplink(enrolled, lanes)
    this.#uplinkTarget = target
    return this.#uplink
  }

  #createUplink({ identity, key }: Enrolled, lanes: Lanes): Uplink {
    const { agentVersion, logger, timings, environment, authorities } = this.#options
    return createUplink({
      ingestUrl: identity.ingestUrl,
      agent: identity.agent,
      agentVersion,
      key,
      lanes: lanes.all,
      clock: this.#clock,
      logger,
      quarantine: (chain, record, why) => this.#quarantine(chain.identity, record, why),
      onConfig: (config) => this.#configure(config),
      ...(timings && { timings }),
      ...(environment && { environment }),
      ...(authorities && { authorities }),
    })
  }

  // A frame that cannot be kept aside, on a full disk say, must not hold up the others.
  #quarantine(chain: ChainIdentity, record: SpoolRecord, why: string): void {
    try {
      this.#state.quarantine.keep(chain, record, why)
    } catch (error) {
      const { sequence } = record
      this.#options.logger.error('a frame could not be kept aside', { sequence, reason: errorText(error) })
    }
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

  // The platform may have moved. Asked rarely: when a gateway is down, every agent comes here.
  async #lookUpGateway(present: Enrolled): Promise<void> {
    if (this.#clock.monotonicMs() < this.#nextLookUpMs) return
    this.#lookUpPauseMs = Math.min(LOOK_UP_MAX_MS, this.#lookUpPauseMs * 2)
    this.#nextLookUpMs = this.#clock.monotonicMs() + jittered(this.#lookUpPauseMs)
    const found = await presentIdentity(registrationOf(this.#options), {
      ...present,
      signal: this.#stopping.signal,
    })
    if (!found || found.ingestUrl === present.identity.ingestUrl) return
    this.#options.logger.warn('the gateway has moved', {
      from: present.identity.ingestUrl,
      to: found.ingestUrl,
    })
    this.#commit({ ...present, identity: { ...present.identity, ingestUrl: found.ingestUrl } })
    this.#lookUpPauseMs = LOOK_UP_MIN_MS
  }

  // Spooling goes on meanwhile; what is surely unsent goes along to the new identity.
  async #replaceIdentity(present: Enrolled, lanes: Lanes, reason: string): Promise<void> {
    const { logger } = this.#options
    const { signal } = this.#stopping
    logger.error('the platform no longer takes this identity', { agent: present.identity.agent, reason })
    const isTooSoon = this.#clock.monotonicMs() - this.#replacedAtMs < REFUSED_RETRY_MS
    if (isTooSoon) await sleep(jittered(REFUSED_RETRY_MS), signal)
    const found = await replaceIdentity(registrationOf(this.#options), this.#state, { ...present, signal })
    if (found.kind === 'known' || found.kind === 'failed') return sleep(jittered(KNOWN_RETRY_MS), signal)
    if (found.kind === 'refused') return sleep(jittered(REFUSED_RETRY_MS), signal)
    await moveLanes(lanes, found.enrolled, () => this.#commit(found.enrolled))
    this.#replacedAtMs = this.#clock.monotonicMs()
    this.#configVersion = 0n
    logger.warn('enrolled as a new agent', { agent: found.enrolled.identity.agent })
  }
}

const jittered = (delayMs: number): number => delayMs * (1 + Math.random() / 4)

function enrolledNow(enrolled: Enrolled | undefined): Enrolled {
  if (!enrolled) throw new Error('a chain moved before there was an identity')
  return enrolled
}
