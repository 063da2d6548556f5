// What an agent is started with, and what it tells of itself.

import type { HostClock } from './host-clock.ts'
import type { EdgeLogger } from './log.ts'
import type { LogsConfig } from './logs/logs-config.ts'
import type { Sampler } from './sampler.ts'
import type { SpoolLimits } from './spool/spool.ts'
import type { ProxyEnvironment } from './uplink/proxy.ts'
import type { UplinkTimings } from './uplink/uplink.ts'

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
  /** Of both lanes together. */
  readonly spoolLimits?: Partial<SpoolLimits>
  /** What of this host's logs it ships; nothing where undefined. */
  readonly logs?: LogsConfig
  readonly timings?: Partial<UplinkTimings>
  /** Where HTTPS_PROXY and NO_PROXY are looked up. Default: the process's environment. */
  readonly environment?: ProxyEnvironment
  /** Certificate authorities to trust instead of the built-in ones, PEM. */
  readonly authorities?: string
}

export type AgentStatus = {
  /** ULID; undefined until enrolled. */
  readonly agent: string | undefined
  /** Of the telemetry lane's chain; undefined until enrolled. */
  readonly epoch: number | undefined
  readonly isConnected: boolean
  readonly lastFailure: string | undefined
  /** The last frame sealed, and the last one known to be in the log. */
  readonly sealed: number
  readonly accepted: number
  /** Observations that could not be kept since the start. */
  readonly lost: number
  /** Of the lane `logs`; lines shipped and lines dropped beyond a limit are counted since the start. */
  readonly logs: {
    readonly sealed: number
    readonly accepted: number
    readonly lines: number
    readonly dropped: number
  }
}
