// Whether the log takes appends now, and if not, why. Full and slow are remembered for a while after they were last
// seen, so that callers hold back instead of knocking.

import type { Clock } from '@secumon/domain/clock'
import type { LogTrouble } from './event-log.ts'

/** How long the log counts as full or slow after an append found it so. */
export const TROUBLE_MEMORY_MS = 5_000

export class LogState {
  readonly #clock: Clock
  readonly #memoryMs: number
  readonly #listeners = new Set<() => void>()
  /** Stream to the time until which it counts as full. */
  readonly #fullUntil = new Map<string, number>()
  #slowUntil = 0
  #timer: NodeJS.Timeout | undefined
  #connected = false
  #reconciled = false
  #told: LogTrouble = 'disconnected'

  constructor(clock: Clock, memoryMs = TROUBLE_MEMORY_MS) {
    this.#clock = clock
    this.#memoryMs = memoryMs
  }

  get trouble(): LogTrouble {
    return this.#trouble(Math.max(0, ...this.#fullUntil.values()))
  }

  troubleOf(stream: string): LogTrouble {
    return this.#trouble(this.#fullUntil.get(stream) ?? 0)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A new connection is told of even when the trouble stays the same. */
  setConnected(connected: boolean): void {
    this.#connected = connected
    this.#reconciled = false
    this.#tell()
  }

  setReconciled(): void {
    this.#reconciled = true
    this.#changed()
  }

  raiseFull(stream: string): void {
    this.#fullUntil.set(stream, this.#clock.monotonicMs() + this.#memoryMs)
    this.#raised()
  }

  raiseSlow(): void {
    this.#slowUntil = this.#clock.monotonicMs() + this.#memoryMs
    this.#raised()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.setConnected(false)
    this.#listeners.clear()
  }

  #trouble(fullUntilMs: number): LogTrouble {
    if (!this.#connected) return 'disconnected'
    if (!this.#reconciled) return 'not_reconciled'
    const nowMs = this.#clock.monotonicMs()
    if (fullUntilMs > nowMs) return 'full'
    return this.#slowUntil > nowMs ? 'slow' : undefined
  }

  #raised(): void {
    this.#changed()
    this.#timer ??= setTimeout(() => this.#expire(), this.#memoryMs).unref()
  }

  #expire(): void {
    this.#timer = undefined
    // Looked at before the listeners are told: were it after, the last moment could pass between the two, untold.
    const leftMs = Math.max(this.#slowUntil, ...this.#fullUntil.values()) - this.#clock.monotonicMs()
    this.#changed()
    if (leftMs > 0) this.#timer ??= setTimeout(() => this.#expire(), leftMs + 1).unref()
  }

  #changed(): void {
    if (this.trouble !== this.#told) this.#tell()
  }

  #tell(): void {
    this.#told = this.trouble
    for (const listener of this.#listeners) listener()
  }
}
