// The page's one stream of live events. It reconnects by itself and says since when it has been silent.

import { apiUrl } from '../lib/api.ts'
import type { AlertRow, Incident, Notification } from '../lib/alerting-types.ts'
import type { FleetAgent, Latest, Platform } from '../lib/api-types.ts'

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

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 20_000
/** The server says something at least this often; longer silence is a dead connection. */
const SILENCE_MS = 20_000
/**
 * A tab unseen for this long gives its connection back: over HTTP/1.1 a browser has six for all tabs of a server, and
 * with a seventh tab none would load any more.
 */
const UNSEEN_MS = 10_000

class LiveFeed {
  #connection = $state<'connecting' | 'live' | 'disconnected'>('connecting')
  #paused = $state(false)
  #silentSinceMs = $state<number>()
  #source: EventSource | undefined
  #agent: string | undefined
  #wanted = false
  #heardMs = 0
  #onLost: () => void = () => undefined
  #retryMs = FIRST_RETRY_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  #resting = false
  #missed = false
  #leaving: ReturnType<typeof setTimeout> | undefined
  readonly #listeners: Listeners = {
    fleet: new Set(),
    alerts: new Set(),
    incidents: new Set(),
    notifications: new Set(),
    agent: new Set(),
    platform: new Set(),
  }
  readonly #reconnected = new Set<() => void>()

  constructor() {
    addEventListener('online', () => this.#wanted && this.#connection === 'disconnected' && this.#connect())
    document.addEventListener('visibilitychange', () => this.#seen())
  }

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
    this.#wanted = true
    this.#onLost = onLost
    if (document.hidden) this.#rest()
    else this.#connect()
  }

  close(): void {
    this.#wanted = false
    this.#resting = false
    clearTimeout(this.#leaving)
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#connection = 'connecting'
    this.#silentSinceMs = undefined
  }

  /** Also carry every observation of this agent; undefined: of none. */
  follow(agent: string | undefined): void {
    if (agent === this.#agent) return
    this.#agent = agent
    if (this.#wanted && !this.#resting) this.#connect()
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

  #seen(): void {
    clearTimeout(this.#leaving)
    if (!this.#wanted) return
    if (document.hidden) this.#leaving = setTimeout(() => this.#rest(), UNSEEN_MS)
    else if (this.#resting) {
      this.#resting = false
      this.#connect()
    }
  }

  #rest(): void {
    this.#resting = true
    this.#missed = true
    this.#heardMs = 0
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#connection = 'connecting'
    this.#silentSinceMs = undefined
  }

  #connect(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    const source = new EventSource(apiUrl('/live', { agent: this.#agent }))
    this.#source = source
    this.#watch()
    source.onopen = () => this.#opened()
    source.onerror = () => this.#lost()
    this.#forward(source, 'fleet')
    this.#forward(source, 'alerts')
    this.#forward(source, 'incidents')
    this.#forward(source, 'notifications')
    this.#forward(source, 'agent')
    this.#forward(source, 'platform')
    source.addEventListener('ping', () => this.#heard())
  }

  #forward<K extends keyof LiveEvents>(source: EventSource, kind: K): void {
    source.addEventListener(kind, (event: MessageEvent<string>) => {
      this.#heard()
      if (this.#paused) return
      const body = JSON.parse(event.data) as LiveEvents[K]
      for (const listener of this.#listeners[kind]) listener(body)
    })
  }

  #opened(): void {
    const missed = this.#missed || this.#silentSinceMs !== undefined
    this.#missed = false
    this.#connection = 'live'
    this.#silentSinceMs = undefined
    this.#retryMs = FIRST_RETRY_MS
    this.#heard()
    if (missed && !this.#paused) for (const react of this.#reconnected) react()
  }

  #lost(): void {
    this.#source?.close()
    if (!this.#wanted) return
    this.#connection = 'disconnected'
    this.#silentSinceMs ??= this.#heardMs || Date.now()
    this.#onLost()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs * (0.75 + Math.random() / 2))
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  #heard(): void {
    this.#heardMs = Date.now()
    this.#watch()
  }

  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#lost(), SILENCE_MS)
  }
}

export const live = new LiveFeed()
