// One open stream of live events. What the client does not read in time is not queued but replaced by what is newer,
// so that a slow client costs at most one row of each thing.

import type { z } from 'zod'
import type { LatestBody } from '../schemas/agent.ts'
import type { PlatformBody } from '../schemas/platform.ts'

/** Events that carry rows, in the order in which a slow client gets them. */
export const ROW_KINDS = ['alerts', 'incidents', 'notifications', 'fleet'] as const

export type RowKind = (typeof ROW_KINDS)[number]

type Row = { readonly id: string }
type Latest = z.infer<typeof LatestBody>
type Platform = z.infer<typeof PlatformBody>

/** Of a kind, rows whose newest state may wait for one client; beyond that it is cut off. */
const MAX_WAITING_ROWS = 20_000
const RETRY_MS = 2_000

const encoder = new TextEncoder()

/** One server-sent event. JSON has no line breaks, so one data line does. */
export const encodeEvent = (name: string, body: unknown): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(body)}\n\n`)

export type LiveConnectionOptions = {
  readonly nowMs: () => number
  readonly onClosed: () => void
}

export class LiveConnection {
  readonly stream: ReadableStream<Uint8Array>
  readonly #options: LiveConnectionOptions
  readonly #rows: Readonly<Record<RowKind, Map<string, Row>>> = {
    alerts: new Map(),
    incidents: new Map(),
    notifications: new Map(),
    fleet: new Map(),
  }
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #latest: Latest | undefined
  #platform: Platform | undefined
  #ping = false
  #blockedSinceMs: number | undefined

  constructor(options: LiveConnectionOptions) {
    this.#options = options
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
      },
      pull: () => this.#drain(),
      cancel: () => this.#ended(),
    })
  }

  /** Since when the client has not taken what waits for it; undefined when nothing does. */
  get blockedSinceMs(): number | undefined {
    return this.#blockedSinceMs
  }

  /** @param event the same rows, encoded once for all connections that can take them at once */
  sendRows(kind: RowKind, rows: readonly Row[], event: Uint8Array): void {
    const waiting = this.#rows[kind]
    if (this.#ready() && waiting.size === 0) return this.#enqueue(event)
    for (const row of rows) waiting.set(row.id, row)
    if (waiting.size > MAX_WAITING_ROWS) this.close()
    else this.#drain()
  }

  sendLatest(latest: Latest): void {
    this.#latest = latest
    this.#drain()
  }

  sendPlatform(platform: Platform): void {
    this.#platform = platform
    this.#drain()
  }

  /** Shows the client that the connection is alive. */
  ping(): void {
    this.#ping = true
    this.#drain()
  }

  /** Ends the stream; the client comes back when it may. */
  close(): void {
    if (!this.#controller) return
    this.#controller.close()
    this.#ended()
  }

  #ended(): void {
    if (!this.#controller) return
    this.#controller = undefined
    for (const rows of Object.values(this.#rows)) rows.clear()
    this.#options.onClosed()
  }

  #ready(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  #enqueue(chunk: Uint8Array): void {
    this.#controller?.enqueue(chunk)
  }

  #drain(): void {
    while (this.#ready()) {
      const event = this.#takeNext()
      if (!event) break
      this.#enqueue(event)
    }
    const waiting = this.#waitingKind() || this.#latest || this.#platform || this.#ping
    this.#blockedSinceMs = waiting ? (this.#blockedSinceMs ?? this.#options.nowMs()) : undefined
  }

  #takeNext(): Uint8Array | undefined {
    // The agent that somebody looks at and the platform are one event each: no fleet keeps them waiting.
    const kind = this.#waitingKind()
    if (kind !== undefined && kind !== 'fleet') return this.#takeRows(kind)
    if (this.#latest) {
      const event = encodeEvent('agent', this.#latest)
      this.#latest = undefined
      return event
    }
    if (this.#platform) {
      const event = encodeEvent('platform', this.#platform)
      this.#platform = undefined
      return event
    }
    if (kind) return this.#takeRows(kind)
    if (!this.#ping) return undefined
    this.#ping = false
    return encodeEvent('ping', {})
  }

  #waitingKind(): RowKind | undefined {
    return ROW_KINDS.find((kind) => this.#rows[kind].size > 0)
  }

  #takeRows(kind: RowKind): Uint8Array {
    const event = encodeEvent(kind, [...this.#rows[kind].values()])
    this.#rows[kind].clear()
    return event
  }
}
