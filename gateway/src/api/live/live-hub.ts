// Everybody who looks, and what they are told: changes of the fleet, of alerts, incidents and messages, one agent's
// observations, the platform's state. A stream ends with the credential it was opened with.

import type { Clock } from '@secumon/domain/clock'
import { scopesOf, type Principal } from '../../auth/principal.ts'
import type { LatestValues, PlatformState } from '../deps.ts'
import { Failure } from '../failures.ts'
import { LiveConnection } from './live-connection.ts'
import type { RowFeed } from './row-feed.ts'
import { ALERTING_FEEDS, fleetFeed, type TenantFeedDeps } from './tenant-feeds.ts'

export const PING_MS = 15_000
export const PLATFORM_MS = 5_000
/** A client that takes nothing for this long is cut off. */
const MAX_BLOCKED_MS = 30_000
/** What no logout here has told ends the stream at the first ping after this time: within a minute. */
const RECHECK_MS = 45_000
const MAX_CONNECTIONS = 2_000
const MAX_CONNECTIONS_PER_USER = 32

export type LiveHubDeps = TenantFeedDeps & {
  readonly latest: LatestValues
  readonly platform: PlatformState
  readonly clock: Clock
}

export type Viewer = {
  readonly principal: Principal
  /** ULID of the agent whose observations are wanted too. */
  readonly agent: string | undefined
  /** Whether the credential still holds. */
  readonly stillGood: () => Promise<boolean>
}

type Entry = Viewer & { readonly connection: LiveConnection; checkedAtMs: number; unwatch: () => void }

export class LiveHub {
  readonly #deps: LiveHubDeps
  readonly #entries = new Set<Entry>()
  /** By kind and tenant, while somebody listens. */
  readonly #feeds = new Map<string, RowFeed>()
  readonly #timers: NodeJS.Timeout[]
  #stopped = false

  constructor(deps: LiveHubDeps) {
    this.#deps = deps
    this.#timers = [
      setInterval(() => this.#tellPlatform(), PLATFORM_MS),
      setInterval(() => this.#tend(), PING_MS),
    ]
  }

  get connections(): number {
    return this.#entries.size
  }

  /** @throws Failure 429 or 503 when too many are open */
  async open(viewer: Viewer): Promise<ReadableStream<Uint8Array>> {
    this.#admit(viewer.principal)
    const nowMs = () => this.#deps.clock.monotonicMs()
    const connection = new LiveConnection({ nowMs, onClosed: () => this.#leave(entry) })
    const entry: Entry = { ...viewer, connection, checkedAtMs: nowMs(), unwatch: () => undefined }
    this.#entries.add(entry)
    for (const feed of feedsOf(viewer.principal)) this.#feed(feed).connections.add(connection)
    connection.sendPlatform(this.#deps.platform.now())
    if (viewer.agent !== undefined) await this.#follow(entry, viewer.agent)
    return connection.stream
  }

  /** Ends the streams of a user whose credential no longer holds: call it after a logout. */
  async recheck(userId: string): Promise<void> {
    const own = [...this.#entries].filter(({ principal }) => principal.user.id === userId)
    await Promise.all(own.map((entry) => this.#recheck(entry)))
  }

  /** Ends every stream. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const { connection } of this.#entries) connection.close()
    for (const feed of this.#feeds.values()) feed.stop()
    this.#feeds.clear()
  }

  #admit({ user }: Principal): void {
    if (this.#stopped || this.#entries.size >= MAX_CONNECTIONS)
      throw new Failure(503, 'no more live streams', { retryAfterMs: PING_MS })
    const own = [...this.#entries].filter(({ principal }) => principal.user.id === user.id)
    if (own.length >= MAX_CONNECTIONS_PER_USER)
      throw new Failure(429, 'too many live streams of this user', { retryAfterMs: PING_MS })
  }

  async #follow(entry: Entry, agent: string): Promise<void> {
    const { connection, principal } = entry
    entry.unwatch = this.#deps.latest.watch(principal.scope, agent, (latest) => connection.sendLatest(latest))
    try {
      const latest = await this.#deps.latest.latestOf(principal.scope, agent)
      if (latest) connection.sendLatest(latest)
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #feed({ key, open }: FeedRef): RowFeed {
    const known = this.#feeds.get(key)
    if (known) return known
    const feed = open(this.#deps)
    this.#feeds.set(key, feed)
    return feed
  }

  #leave(entry: Entry): void {
    entry.unwatch()
    this.#entries.delete(entry)
    for (const { key } of feedsOf(entry.principal)) {
      const feed = this.#feeds.get(key)
      feed?.connections.delete(entry.connection)
      if (feed?.connections.size !== 0) continue
      feed.stop()
      this.#feeds.delete(key)
    }
  }

  #tellPlatform(): void {
    if (this.#entries.size === 0) return
    const state = this.#deps.platform.now()
    for (const { connection } of this.#entries) connection.sendPlatform(state)
  }

  #tend(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    for (const entry of this.#entries) {
      const { connection, principal } = entry
      const blocked = nowMs - (connection.blockedSinceMs ?? nowMs) > MAX_BLOCKED_MS
      if (blocked || principal.expiresAtMs <= this.#deps.clock.nowMs()) connection.close()
      else connection.ping()
      if (nowMs - entry.checkedAtMs < RECHECK_MS) continue
      entry.checkedAtMs = nowMs
      void this.#recheck(entry)
    }
  }

  async #recheck({ stillGood, connection }: Entry): Promise<void> {
    try {
      if (!(await stillGood())) connection.close()
    } catch (error) {
      // Not being able to ask is no reason to end it: the next check comes.
      this.#deps.logger.warn({ err: error }, 'a live stream’s credential could not be checked')
    }
  }
}

type FeedRef = { readonly key: string; readonly open: (deps: TenantFeedDeps) => RowFeed }

// Who runs the platform is told of its alerts too.
const feedsOf = (principal: Principal): FeedRef[] => [
  { key: `fleet/${principal.scope.tenant}`, open: (deps) => fleetFeed(deps, principal.scope) },
  ...scopesOf(principal).flatMap((scope) =>
    Object.entries(ALERTING_FEEDS).map(([kind, feed]) => ({
      key: `${kind}/${scope.tenant}`,
      open: (deps: TenantFeedDeps) => feed(deps, scope),
    })),
  ),
]
