// Whether the log takes appends now, and if not, why. Full and slow are remembered for a while after they were last
// seen, so that callers hold back instead of knocking.

import type { Clock } from '@secumon/domain/clock'
import type { LogTrouble } from './event-log.ts'

/** How long the log counts as full or slow after an append found it so. */
export const TROUBLE_MEMORY_MS = 5_000

export type PassingTrouble = 'full' | 'slow'

export class LogState {
  readonly #clock: Clock
  readonly #memoryMs: number
  readonly #listeners = new Set<() => void>()
  readonly #until = { full: 0, slow: 0 }
  #timer: NodeJS.Timeout | undefined
  #connected = false
  #reconciled = false
  #told: LogTrouble = 'disconnected'

  constructor(clock: Clock, memoryMs = TROUBLE_MEMORY_MS) {
    this.#clock = clock
    this.#memoryMs = memoryMs
  }

  get trouble(): LogTrouble {
    if (!this.#connected) return 'disconnected'
    if (!this.#reconciled) return 'not_reconciled'
    const nowMs = this.#clock.monotonicMs()
    if (this.#until.full > nowMs) return 'full'
    return this.#until.slow > nowMs ? 'slow' : undefined
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

  raise(trouble: PassingTrouble): void {
    this.#until[trouble] = this.#clock.monotonicMs() + this.#memoryMs
    this.#changed()
    this.#timer ??= setTimeout(() => this.#expire(), this.#memoryMs).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.setConnected(false)
    this.#listeners.clear()
  }

  #expire(): void {
    this.#timer = undefined
    this.#changed()
    const leftMs = Math.max(this.#until.full, this.#until.slow) - this.#clock.monotonicMs()
    if (leftMs > 0) this.#timer = setTimeout(() => this.#expire(), leftMs + 1).unref()
  }

  #changed(): void {
    if (this.trouble !== this.#told) this.#tell()
  }

  #tell(): void {
    this.#told = this.trouble
    for (const listener of this.#listeners) listener()
  }
}
