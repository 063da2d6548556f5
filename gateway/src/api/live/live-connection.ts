// One open stream of live events. What the client does not read in time is not queued but replaced by what is newer,
// so that a slow client costs at most one row per agent.

import type { z } from 'zod'
import type { LatestBody } from '../schemas/agent.ts'
import type { FleetAgent } from '../schemas/fleet.ts'
import type { PlatformBody } from '../schemas/platform.ts'

type Row = z.infer<typeof FleetAgent>
type Latest = z.infer<typeof LatestBody>
type Platform = z.infer<typeof PlatformBody>

/** Agents whose newest row may wait for one client; beyond that it is cut off. */
const MAX_WAITING_AGENTS = 20_000
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
  readonly #fleet = new Map<string, Row>()
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
  sendFleet(rows: readonly Row[], event: Uint8Array): void {
    if (this.#ready() && this.#fleet.size === 0) return this.#enqueue(event)
    for (const row of rows) this.#fleet.set(row.id, row)
    if (this.#fleet.size > MAX_WAITING_AGENTS) this.close()
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
    this.#fleet.clear()
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
    const waiting = this.#fleet.size > 0 || this.#latest || this.#platform || this.#ping
    this.#blockedSinceMs = waiting ? (this.#blockedSinceMs ?? this.#options.nowMs()) : undefined
  }

  #takeNext(): Uint8Array | undefined {
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
    if (this.#fleet.size > 0) {
      const event = encodeEvent('fleet', [...this.#fleet.values()])
      this.#fleet.clear()
      return event
    }
    if (!this.#ping) return undefined
    this.#ping = false
    return encodeEvent('ping', {})
  }
}
