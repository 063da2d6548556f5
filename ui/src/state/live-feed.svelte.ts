// The page's one stream of live events. It reconnects by itself and says since when it has been silent.

import { apiUrl } from '../lib/api.ts'
import type { AlertRow, Incident, Notification } from '../lib/alerting-types.ts'
import type { FleetAgent, Latest, Platform } from '../lib/api-types.ts'
import { EventStream } from './event-stream.ts'

export type LiveEvents = {
  fleet: FleetAgent[]
  alerts: AlertRow[]
  incidents: Incident[]
  notifications: Notification[]
  agent: Latest
  platform: Platform
}
type Listener<K extends keyof LiveEvents> = (body: LiveEvents[K]) => void
type Listeners = { [K in keyof LiveEvents]: Set<Listener<K>> }

const KINDS = ['fleet', 'alerts', 'incidents', 'notifications', 'agent', 'platform'] as const

class LiveFeed {
  #connection = $state<'connecting' | 'live' | 'disconnected'>('connecting')
  #paused = $state(false)
  #silentSinceMs = $state<number>()
  #stream: EventStream | undefined
  #agent: string | undefined
  #missed = false
  #onLost: () => void = () => undefined
  readonly #listeners: Listeners = {
    fleet: new Set(),
    alerts: new Set(),
    incidents: new Set(),
    notifications: new Set(),
    agent: new Set(),
    platform: new Set(),
  }
  readonly #reconnected = new Set<() => void>()

  get state(): 'connecting' | 'live' | 'paused' | 'disconnected' {
    return this.#connection === 'live' && this.#paused ? 'paused' : this.#connection
  }
  get paused(): boolean {
    return this.#paused
  }
  set paused(paused: boolean) {
    this.#paused = paused
    if (!paused) for (const react of this.#reconnected) react()
  }
  /** When the connection was lost; undefined while there is one. */
  get silentSinceMs(): number | undefined {
    return this.#silentSinceMs
  }

  /** @param onLost called at each loss; the stream itself does not tell an ended session from a lost server */
  open(onLost: () => void): void {
    this.#onLost = onLost
    this.#connect()
  }

  close(): void {
    this.#stream?.close()
    this.#stream = undefined
    this.#connection = 'connecting'
    this.#silentSinceMs = undefined
  }

  /** Also carry every observation of this agent; undefined: of none. */
  follow(agent: string | undefined): void {
    if (agent === this.#agent) return
    this.#agent = agent
    if (this.#stream) this.#connect()
  }

  /** Calls `listener` for each event while the feed is not paused; the answer ends that. */
  on<K extends keyof LiveEvents>(kind: K, listener: Listener<K>): () => void {
    this.#listeners[kind].add(listener)
    return () => this.#listeners[kind].delete(listener)
  }

  /** Calls `react` whenever something may have been missed: after a reconnect or a pause. */
  onCatchUp(react: () => void): () => void {
    this.#reconnected.add(react)
    return () => this.#reconnected.delete(react)
  }

  #connect(): void {
    this.#stream?.close()
    this.#stream = new EventStream({
      url: apiUrl('/live', { agent: this.#agent }),
      kinds: KINDS,
      said: (kind, data) => this.#said(kind as keyof LiveEvents, data),
      opened: (again) => this.#opened(again),
      lost: (heardMs) => this.#lost(heardMs),
      rested: () => this.#rested(),
    })
  }

  #said<K extends keyof LiveEvents>(kind: K, data: string): void {
    if (this.#paused) return
    const body = JSON.parse(data) as LiveEvents[K]
    for (const listener of this.#listeners[kind]) listener(body)
  }

  #opened(again: boolean): void {
    const missed = again || this.#missed
    this.#missed = false
    this.#connection = 'live'
    this.#silentSinceMs = undefined
    if (missed && !this.#paused) for (const react of this.#reconnected) react()
  }

  #lost(heardMs: number | undefined): void {
    this.#missed = true
    this.#connection = 'disconnected'
    this.#silentSinceMs ??= heardMs ?? Date.now()
    this.#onLost()
  }

  #rested(): void {
    this.#missed = true
    this.#connection = 'connecting'
    this.#silentSinceMs = undefined
  }
}

export const live = new LiveFeed()
