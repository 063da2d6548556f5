// Keeps one stream to a gateway for as long as it is asked to: connects, sends what the spools hold, comes back after
// every failure. Never two streams at once.

import type { Config } from '@secumon/contracts/gen/ingest'
import { errorText } from '../error-code.ts'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import { createBackoff, type Backoff } from './backoff.ts'
import { openConnection, type Connection } from './connection.ts'
import type { ProxyEnvironment } from './proxy.ts'
import type { LaneSenderOptions } from './lane-sender.ts'
import type { Opening } from './requests.ts'
import { Session, type SessionEnd, type SessionTimings } from './session.ts'
import { sleep } from './wake.ts'

export type UplinkTimings = SessionTimings & {
  readonly connectTimeoutMs: number
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  /** The first wait after a failure is 0 to this long; it doubles up to `backoffMaxMs`. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** A stream that worked this long ends the doubling. */
  readonly goodStreamMs: number
  /** Without a stream for this long `run` ends with `unreachable`: the gateway may have moved. */
  readonly unreachableAfterMs: number
}

export const DEFAULT_TIMINGS: UplinkTimings = {
  connectTimeoutMs: 10_000,
  handshakeTimeoutMs: 15_000,
  stallTimeoutMs: 60_000,
  drainTimeoutMs: 5_000,
  pingIntervalMs: 20_000,
  pingTimeoutMs: 10_000,
  backoffBaseMs: 1_000,
  backoffMaxMs: 60_000,
  goodStreamMs: 60_000,
  unreachableAfterMs: 20_000,
}

export type UplinkOptions = Opening & {
  readonly ingestUrl: string
  readonly clock: HostClock
  readonly logger: EdgeLogger
  /** Keeps a frame that the log refuses. */
  readonly quarantine: LaneSenderOptions['quarantine']
  /** Called with every configuration as it arrives; its signature is not checked yet. Must not throw. */
  readonly onConfig?: (config: Config) => void
  readonly timings?: Partial<UplinkTimings>
  /** Where HTTPS_PROXY and NO_PROXY are looked up. Default: the process's environment. */
  readonly environment?: ProxyEnvironment
  /** Certificate authorities to trust instead of the built-in ones, PEM. */
  readonly authorities?: string
  /** 0 ≤ x < 1. Default: Math.random. */
  readonly random?: () => number
}

export type UplinkEnd =
  | { readonly kind: 'stopped' }
  /** The gateway no longer takes this identity. */
  | { readonly kind: 're-enrol'; readonly reason: string }
  /** No stream for a while. Run it again, at the same address or through another uplink at another. */
  | { readonly kind: 'unreachable' }

export type Uplink = {
  /** True between the last lane's Hello and the end of the stream. */
  readonly isConnected: boolean
  /** Why the last stream ended, while there is none. */
  readonly lastFailure: string | undefined
  /** Runs until the signal aborts, the identity is refused or nobody is there. Call it once at a time. */
  run(signal: AbortSignal): Promise<UplinkEnd>
}

/** @throws TypeError when `ingestUrl` is not an http or https URL */
export function createUplink(options: UplinkOptions): Uplink {
  const url = new URL(options.ingestUrl)
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`${options.ingestUrl} is not an http(s) URL`)
  return new StreamKeeper(options, url)
}

class StreamKeeper implements Uplink {
  readonly #options: UplinkOptions
  readonly #url: URL
  readonly #timings: UplinkTimings
  readonly #random: () => number
  readonly #backoff: Backoff
  #session: Session | undefined
  #lastFailure: string | undefined

  constructor(options: UplinkOptions, url: URL) {
    this.#options = options
    this.#url = url
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings }
    this.#random = options.random ?? Math.random
    const { backoffBaseMs: baseMs, backoffMaxMs: maxMs } = this.#timings
    this.#backoff = createBackoff({ baseMs, maxMs, random: this.#random })
  }

  get isConnected(): boolean {
    return this.#session?.openedAtMs !== undefined
  }

  get lastFailure(): string | undefined {
    return this.#lastFailure
  }

  async run(signal: AbortSignal): Promise<UplinkEnd> {
    const { goodStreamMs, unreachableAfterMs } = this.#timings
    const { clock } = this.#options
    let reachedMs = clock.monotonicMs()
    while (!signal.aborted) {
      const { end, goodMs } = await this.#stream(signal)
      if (end?.kind === 're-enrol') return end
      if (goodMs >= goodStreamMs) this.#backoff.reset()
      if (end || goodMs > 0) reachedMs = clock.monotonicMs()
      await sleep(end?.kind === 'goaway' ? end.afterMs : this.#backoff.nextMs(), signal)
      if (!signal.aborted && clock.monotonicMs() - reachedMs >= unreachableAfterMs)
        return { kind: 'unreachable' }
    }
    return { kind: 'stopped' }
  }

  async #stream(signal: AbortSignal): Promise<{ end: SessionEnd | undefined; goodMs: number }> {
    const session = this.#createSession(signal)
    let end: SessionEnd | undefined
    let connection: Connection | undefined
    try {
      connection = await openConnection({
        ...this.#options,
        ...this.#timings,
        url: this.#url,
        timeoutMs: this.#timings.connectTimeoutMs,
        signal,
      })
      this.#session = session
      end = await session.run(connection)
      this.#note(end.kind === 'closed' ? 'the gateway closed the stream' : end.kind)
    } catch (error) {
      if (!signal.aborted) this.#note(errorText(error))
    } finally {
      this.#session = undefined
      connection?.close()
    }
    const { openedAtMs } = session
    return { end, goodMs: openedAtMs === undefined ? 0 : this.#options.clock.monotonicMs() - openedAtMs }
  }

  #createSession(signal: AbortSignal): Session {
    const { onConfig = () => undefined } = this.#options
    return new Session({ ...this.#options, timings: this.#timings, random: this.#random, onConfig, signal })
  }

  // The same failure again and again is worth one line.
  #note(failure: string): void {
    const { logger } = this.#options
    const fields = { gateway: this.#url.origin, failure }
    if (failure === this.#lastFailure) logger.debug('the stream ended again', fields)
    else logger.warn('the stream ended', fields)
    this.#lastFailure = failure
  }
}
