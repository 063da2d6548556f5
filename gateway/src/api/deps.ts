// What the API is given. It starts nothing itself and reads no environment.

import type { MetricKind } from '@secumon/contracts/metrics'
import type { Clock } from '@secumon/domain/clock'
import type { AggregateRef } from '@secumon/domain/decider'
import type { EventStore } from '@secumon/domain/event-store'
import type { RetentionDays } from '@secumon/domain/retention/retention'
import type { Database } from '@secumon/infra/database/database'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { ChannelSecrets } from '@secumon/infra/vault/channel-secrets'
import type {
  CustomMetricsPage,
  CustomMetricsRequest,
  CustomUsage,
} from '@secumon/projections/samples/queries/custom-series'
import type { Measured, ObservationsRequest } from '@secumon/projections/samples/queries/observations'
import type { LogStore } from '@secumon/projections/logs/queries/log-store'
import type { RetentionState } from '@secumon/projections/retention/queries'
import type { HeldSince } from '@secumon/projections/storage/queries/held-since'
import type { JobStatus } from '@secumon/projections/storage/queries/jobs'
import type { StorageStatus } from '@secumon/projections/storage/queries/status'
import type { TenantScope } from '@secumon/projections/tenant-scope'
import type { KeyObject } from 'node:crypto'
import type { BlockList } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { z } from 'zod'
import type { Authenticator } from '../auth/authenticate.ts'
import type { AccessTokens } from '../auth/access-tokens.ts'
import type { FailureLimit, LoginLimits } from '../auth/login-limits.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { AlertingReads } from './alerting/reads.ts'
import type { Sender } from '../notify/open-sender.ts'
import type { LiveHub } from './live/live-hub.ts'
import type { LogTails } from './live/log-tails.ts'
import type { RequestMetrics } from './middleware/request-metrics.ts'
import type { AgentBody, LatestBody } from './schemas/agent.ts'
import type { FleetBody, FleetMapBody, FleetQuery } from './schemas/fleet.ts'
import type { HealthBody, OverviewBody, PlatformBody } from './schemas/platform.ts'
import type { SeriesBody } from './schemas/series.ts'
import type { SeriesRequest } from './series-request.ts'

/** The queries of the read models, each within one tenant. */
export type Reads = {
  listFleet(scope: TenantScope, query: z.output<typeof FleetQuery>): Promise<z.infer<typeof FleetBody>>
  fleetMap(scope: TenantScope): Promise<z.infer<typeof FleetMapBody>>
  fleetOverview(scope: TenantScope): Promise<Omit<z.infer<typeof OverviewBody>, 'platform'>>
  getAgent(scope: TenantScope, id: string): Promise<Omit<z.infer<typeof AgentBody>, 'latest'> | undefined>
  agentNames(scope: TenantScope): Promise<string[]>
  series(scope: TenantScope, agent: string, request: SeriesRequest): Promise<z.infer<typeof SeriesBody>>
  /** What programs of an agent's host publish. */
  customMetrics(scope: TenantScope, request: CustomMetricsRequest): Promise<CustomMetricsPage>
  customUsage(scope: TenantScope, nowMs: number): Promise<CustomUsage>
  /** What is known of the custom metrics among the keys, by name. */
  customKinds(
    scope: TenantScope,
    asked: { readonly agent: string; readonly keys: readonly string[] },
  ): Promise<ReadonlyMap<string, MetricKind>>
  /** What an agent measured of one metric, as rules judge it. */
  observations(scope: TenantScope, request: ObservationsRequest): Promise<Measured>
  readonly alerting: AlertingReads
  /** What the tenant keeps, where that is less than the platform does. */
  retention(scope: TenantScope): Promise<RetentionState>
  /** From when there is anything of the tenant. */
  heldSince(scope: TenantScope): Promise<HeldSince>
  /** Of the whole platform. */
  storage(nowMs: number): Promise<StorageStatus>
  storageJobs(): Promise<readonly JobStatus[]>
  /** The version of an aggregate that is both archived and visible on the screens; 0 when none is. */
  visibleVersion(aggregate: AggregateRef): Promise<number>
}

export type LatestValues = {
  latestOf(scope: TenantScope, agent: string): Promise<z.infer<typeof LatestBody> | undefined>
  /** Calls back with each new latest; returns the unsubscribe. */
  watch(scope: TenantScope, agent: string, listener: (latest: z.infer<typeof LatestBody>) => void): () => void
}

export type PlatformState = { now(): z.infer<typeof PlatformBody> }

export type Roles = z.infer<typeof HealthBody>['roles']

/** What the routes work with. */
export type ApiDeps = {
  readonly db: Database
  readonly log: Pick<EventLog, 'trouble' | 'subscribeLive'>
  readonly store: EventStore
  readonly reads: Reads
  readonly logs: LogStore
  readonly latest: LatestValues
  readonly platform: PlatformState
  readonly live: LiveHub
  readonly logTails: LogTails
  readonly clock: Clock
  /** What the platform keeps, in days. */
  readonly kept: RetentionDays
  /** Has a job of the storage done as soon as somebody can; false where there is none of this name. */
  readonly hastenJob: (name: string) => Promise<boolean>
  readonly logger: Logger
  readonly registry: Registry
  readonly requestMetrics: RequestMetrics
  readonly version: string
  readonly health: () => Roles
  readonly ingestUrl: string
  /** Where people reach the interface, for links in messages. */
  readonly publicUrl: string
  readonly channelSecrets: ChannelSecrets
  /** Sends the tests of channels; everything else is the alerter's. */
  readonly sender: Pick<Sender, 'send'>
  readonly configKey: KeyObject
  readonly sessions: Sessions
  readonly tokens: AccessTokens
  readonly authenticate: Authenticator
  readonly loginLimits: LoginLimits
  /** Of POST /enrol. */
  readonly enrolFailures: FailureLimit
  readonly trustedProxies: BlockList
  readonly corsOrigins: readonly string[]
  readonly metricsToken: string | undefined
  readonly uiDirectory: string | undefined
}
