// A file that only takes up room, so that there is some when the disk is full: it is removed when room runs out, and
// what frees the disk again (watermarks before a purge, sealing, the database's own logs) can still be written.

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Gauge, type Registry } from 'prom-client'
import { pause } from './pause.ts'
import { AMPLE_TIMES, freeBytes, isWhole, RESERVE_FILE, writeReserve } from './reserve-file.ts'

const DEFAULT_PERIOD_MS = 2_000
/** Released when the volume has less than this share of it left. */
const SHORT_SHARE = 0.5

export type ReserveOptions = {
  /** Where the file lies; made when it is not there. */
  readonly directory: string
  readonly sizeBytes: number
  readonly logger: Logger
  readonly registry: Registry
  readonly periodMs?: number
}

/** Looks after the reserve of one volume until stopped; the file stays. Several processes may share a directory. */
export class Reserve {
  readonly #options: ReserveOptions
  readonly #stopping = new AbortController()
  readonly #reserved: Gauge.Internal<'directory'>
  readonly #free: Gauge.Internal<'directory'>
  readonly #done: Promise<void>
  #shortage = new AbortController()
  #held = false
  /** The reserve being made or removed: whoever needs the room waits for it. */
  #changing: Promise<void> = Promise.resolve()

  private constructor(options: ReserveOptions) {
    this.#options = options
    const { registry, directory } = options
    const labels = { directory }
    this.#reserved = gauge(
      registry,
      'secumon_disk_reserve_bytes',
      'Room kept for a full disk; 0: in use',
    ).labels(labels)
    this.#free = gauge(registry, 'secumon_disk_free_bytes', 'Room left on the volume').labels(labels)
    this.#done = this.#watch()
  }

  static keep(options: ReserveOptions): Reserve {
    return new Reserve(options)
  }

  /** True while the reserve is released: what can be removed should be. */
  get isShort(): boolean {
    return this.#shortage.signal.aborted
  }

  /** Aborts when room runs out; another one once the reserve is there again. */
  get shortage(): AbortSignal {
    return this.#shortage.signal
  }

  /** Gives the room back now: a write has met a full disk. Never fails. */
  async release(reason: string): Promise<void> {
    this.#shortage.abort()
    await this.#changing
    if (this.#held) this.#changing = this.#remove(reason)
    await this.#changing
  }

  async #remove(reason: string): Promise<void> {
    const { directory, sizeBytes, logger } = this.#options
    this.#held = false
    this.#reserved.set(0)
    logger.error({ directory, sizeBytes, reason }, 'the disk is full: its reserve is released, make room')
    await rm(this.#path, { force: true }).catch((err: unknown) =>
      logger.error({ err, directory }, 'the reserve cannot be removed'),
    )
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return this.#done
  }

  get #path(): string {
    return join(this.#options.directory, RESERVE_FILE)
  }

  async #watch(): Promise<void> {
    const { directory, logger, periodMs = DEFAULT_PERIOD_MS } = this.#options
    let told = false
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#look()
        told = false
      } catch (err) {
        if (!told) logger.warn({ err, directory }, 'the reserve of the disk cannot be looked after')
        told = true
      }
      await pause(periodMs, this.#stopping.signal)
    }
  }

  async #look(): Promise<void> {
    const { directory, sizeBytes } = this.#options
    await mkdir(directory, { recursive: true })
    this.#held = await isWhole(this.#path, sizeBytes)
    const free = await freeBytes(directory)
    if (free < SHORT_SHARE * sizeBytes) return this.release('room runs out')
    if (!this.#held && free >= AMPLE_TIMES * sizeBytes) {
      const making = this.#make()
      this.#changing = making.catch(() => undefined)
      await making
    }
    this.#reserved.set(this.#held ? sizeBytes : 0)
    this.#free.set(await freeBytes(directory))
    if (this.#held && this.isShort) this.#shortage = new AbortController()
  }

  async #make(): Promise<void> {
    const { directory, sizeBytes, logger } = this.#options
    this.#held = await writeReserve(this.#path, sizeBytes, this.#stopping.signal)
    if (this.#held) logger.info({ directory, sizeBytes }, 'room is reserved for a full disk')
  }
}

function gauge(registry: Registry, name: string, help: string): Gauge<'directory'> {
  const known = registry.getSingleMetric(name)
  if (known instanceof Gauge) return known
  return new Gauge({ name, help, labelNames: ['directory'], registers: [registry] })
}
