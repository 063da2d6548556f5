// One stream from Challenge to its end. Requests are pulled, so nothing is buffered that the connection does not
// take; answers are handled one after another. Every wait ends: a gateway that is silent is left.

import {
  RefusalKind,
  type Config,
  type Goaway,
  type Refusal,
  type StreamRequest,
  type StreamResponse,
} from '@secumon/contracts/gen/ingest'
import { laneName } from '@secumon/contracts/lanes'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import type { Connection } from './connection.ts'
import { GatewayFault } from './gateway-fault.ts'
import { LaneSender, type LaneSenderOptions } from './lane-sender.ts'
import { openRequest, type Opening } from './requests.ts'
import { createWake } from './wake.ts'

export type SessionTimings = {
  /** From the connection to the last lane's Hello. */
  readonly handshakeTimeoutMs: number
  /** With frames under way and not a word from the gateway. */
  readonly stallTimeoutMs: number
  /** After a Goaway, for the frames under way. */
  readonly drainTimeoutMs: number
}

export type SessionOptions = Opening & {
  readonly clock: HostClock
  readonly logger: EdgeLogger
  readonly random: () => number
  readonly timings: SessionTimings
  readonly signal: AbortSignal
  readonly quarantine: LaneSenderOptions['quarantine']
  readonly onConfig: (config: Config) => void
}

/** Why a stream ended, when it was not by a fault. */
export type SessionEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'goaway'; readonly afterMs: number }
  | { readonly kind: 're-enrol'; readonly reason: string }

const MAX_AWAY_MS = 10 * 60_000

/** One stream, run once. */
export class Session {
  readonly #options: SessionOptions
  readonly #wake = createWake()
  readonly #senders: readonly LaneSender[]
  readonly #abort = new AbortController()
  #opening: StreamRequest | undefined
  #isChallenged = false
  #openedAtMs: number | undefined
  #end: SessionEnd | undefined
  #isOver = false

  constructor(options: SessionOptions) {
    this.#options = options
    const { clock, logger, random, quarantine } = options
    const wake = (): void => this.#wake.notify()
    this.#senders = options.lanes.map(
      (chain) => new LaneSender({ chain, clock, logger, random, quarantine, wake }),
    )
  }

  /** When every lane had its Hello, by the monotonic clock. */
  get openedAtMs(): number | undefined {
    return this.#openedAtMs
  }

  /** @throws ConnectError or GatewayFault when it breaks */
  async run({ client }: Connection): Promise<SessionEnd> {
    const signal = AbortSignal.any([this.#options.signal, this.#abort.signal])
    const unsubscribe = this.#options.lanes.map((chain) => chain.onAppend(() => this.#wake.notify()))
    const timers = this.#startTimers()
    try {
      for await (const response of client.stream(this.#requests(), { signal })) {
        timers.stall.refresh()
        await this.#handle(response)
        if (this.#isDone()) break
      }
      return this.#end ?? { kind: 'closed' }
    } catch (error) {
      if (this.#end) return this.#end
      throw this.#abort.signal.aborted ? this.#abort.signal.reason : error
    } finally {
      this.#isOver = true
      this.#wake.notify()
      clearTimeout(timers.handshake)
      clearTimeout(timers.stall)
      for (const stop of unsubscribe) stop()
      for (const sender of this.#senders) sender.close()
    }
  }

  // The first lane goes first for as long as it may send: what is measured does not wait behind a backlog of logs,
  // which go while the first lane's window is full or it has nothing.
  async *#requests(): AsyncGenerator<StreamRequest> {
    while (!this.#isOver) {
      const opening = this.#opening
      this.#opening = undefined
      const request = opening ?? (await this.#nextOfLanes())
      if (request) yield request
      else await this.#wake.wait()
    }
  }

  async #nextOfLanes(): Promise<StreamRequest | undefined> {
    for (const sender of this.#senders) {
      const request = this.#end ? undefined : await sender.next()
      if (request) return request
    }
    return undefined
  }

  async #handle({ message }: StreamResponse): Promise<void> {
    switch (message.case) {
      case 'challenge':
        return this.#answer(message.value.nonce)
      case 'hello':
        this.#sender(message.value.lane)?.hello(message.value)
        return this.#noteOpened()
      case 'ack':
        return this.#sender(message.value.lane)?.ack(message.value)
      case 'refusal':
        return this.#refused(message.value)
      case 'epochGrant':
        return this.#sender(message.value.lane)?.grant(message.value)
      case 'goaway':
        return this.#leave(message.value)
      case 'config':
        return this.#options.onConfig(message.value)
      default:
        // A newer gateway may say what this agent does not know.
        return undefined
    }
  }

  #answer(nonce: Uint8Array): void {
    if (this.#isChallenged || nonce.length !== 32) throw new GatewayFault('a challenge that is not one')
    this.#isChallenged = true
    this.#opening = openRequest(this.#options, nonce)
    this.#wake.notify()
  }

  #noteOpened(): void {
    if (this.#senders.every(({ hasHeardHello }) => hasHeardHello))
      this.#openedAtMs ??= this.#options.clock.monotonicMs()
  }

  #refused(refusal: Refusal): void {
    if (refusal.kind === RefusalKind.RE_ENROL) {
      this.#end = { kind: 're-enrol', reason: refusal.reason }
      return
    }
    const sender = this.#sender(refusal.lane)
    if (refusal.kind === RefusalKind.WAIT) sender?.wait(refusal)
    else if (refusal.kind === RefusalKind.REWIND) sender?.rewind(refusal)
    else if (refusal.kind === RefusalKind.REPLACE) sender?.replace(refusal)
    else throw new GatewayFault(`refusal of an unknown kind ${refusal.kind}`)
  }

  #leave({ afterMs, jitterMs, reason }: Goaway): void {
    const { logger, random, timings } = this.#options
    this.#end = { kind: 'goaway', afterMs: Math.min(MAX_AWAY_MS, afterMs + random() * jitterMs) }
    logger.info('the gateway asks to come back later', { ...this.#end, reason })
    setTimeout(() => this.#abort.abort(), timings.drainTimeoutMs).unref()
  }

  #isDone(): boolean {
    if (this.#end?.kind === 'goaway') return this.#senders.every(({ inFlight }) => inFlight === 0)
    return this.#end !== undefined
  }

  #sender(lane: number): LaneSender | undefined {
    return this.#senders.find(({ chain }) => chain.identity.lane === laneName(lane))
  }

  #startTimers(): { handshake: NodeJS.Timeout; stall: NodeJS.Timeout } {
    const { handshakeTimeoutMs, stallTimeoutMs } = this.#options.timings
    const isHeld = (sender: LaneSender): boolean => sender.isHeld
    const handshake = setTimeout(() => {
      if (this.#openedAtMs !== undefined) return
      if (this.#senders.some(isHeld)) handshake.refresh()
      else this.#abort.abort(new GatewayFault('no Hello in time'))
    }, handshakeTimeoutMs)
    const stall = setTimeout(() => {
      if (this.#senders.some((sender) => sender.inFlight > 0 && !sender.isHeld))
        this.#abort.abort(new GatewayFault('frames are under way and the gateway is silent'))
      else stall.refresh()
    }, stallTimeoutMs)
    return { handshake, stall }
  }
}
