// Everybody who looks, and what they are told: changes of the fleet, of alerts, incidents and messages, one agent's
// observations, the platform's state. A stream ends with the credential it was opened with.

import type { Clock } from '@secumon/domain/clock'
import { scopesOf, type Principal } from '../../auth/principal.ts'
import type { LatestValues, PlatformState } from '../deps.ts'
import { LiveConnection } from './live-connection.ts'
import { OpenStreams, type StreamOwner } from './open-streams.ts'
import type { RowFeed } from './row-feed.ts'
import { ALERTING_FEEDS, fleetFeed, type TenantFeedDeps } from './tenant-feeds.ts'

export const PLATFORM_MS = 5_000

export type LiveHubDeps = TenantFeedDeps & {
  readonly latest: LatestValues
  readonly platform: PlatformState
  readonly clock: Clock
}

export type Viewer = StreamOwner & {
  /** ULID of the agent whose observations are wanted too. */
  readonly agent: string | undefined
}

type Entry = Viewer & { readonly connection: LiveConnection; unwatch: () => void; leave: () => void }

export class LiveHub {
  readonly #deps: LiveHubDeps
  readonly #entries = new Set<Entry>()
  /** By kind and tenant, while somebody listens. */
  readonly #feeds = new Map<string, RowFeed>()
  readonly #timer: NodeJS.Timeout
  /** These, and those that others open beside them. */
  readonly streams: OpenStreams

  constructor(deps: LiveHubDeps) {
    this.#deps = deps
    this.streams = new OpenStreams(deps)
    this.#timer = setInterval(() => this.#tellPlatform(), PLATFORM_MS)
  }

  get connections(): number {
    return this.streams.count
  }

  /** @throws Failure 429 or 503 when too many are open */
  async open(viewer: Viewer): Promise<ReadableStream<Uint8Array>> {
    this.streams.admit(viewer.principal)
    const nowMs = () => this.#deps.clock.monotonicMs()
    const connection = new LiveConnection({ nowMs, onClosed: () => this.#leave(entry) })
    const leave = this.streams.add(viewer, connection)
    const entry: Entry = { ...viewer, connection, leave, unwatch: () => undefined }
    this.#entries.add(entry)
    for (const feed of feedsOf(viewer.principal)) this.#feed(feed).connections.add(connection)
    connection.sendPlatform(this.#deps.platform.now())
    if (viewer.agent !== undefined) await this.#follow(entry, viewer.agent)
    return connection.stream
  }

  /** Ends every stream. */
  stop(): void {
    clearInterval(this.#timer)
    this.streams.stop()
    for (const feed of this.#feeds.values()) feed.stop()
    this.#feeds.clear()
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
    entry.leave()
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
