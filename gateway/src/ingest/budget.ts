// What all streams of a gateway share: publishes the log has not acknowledged, and bytes taken and not settled. When
// the bytes are used up, streams stop reading; that is the back-pressure.

export type BudgetLimits = { readonly maxInFlight: number; readonly maxQueuedBytes: number }

/** Readers woken in one turn of the event loop; each may take one record before the limit is looked at again. */
const WOKEN_PER_TURN = 16

export class Budget {
  inFlight = 0
  queuedBytes = 0
  readonly #limits: BudgetLimits
  readonly #publishers = new Set<() => void>()
  #readers: (() => void)[] = []
  #waking = false

  constructor(limits: BudgetLimits) {
    this.#limits = limits
  }

  get full(): boolean {
    return this.queuedBytes >= this.#limits.maxQueuedBytes
  }

  queue(sizeBytes: number): void {
    this.queuedBytes += sizeBytes
  }

  settle(sizeBytes: number): void {
    this.queuedBytes -= sizeBytes
    if (this.#readers.length > 0) this.#wakeReaders()
  }

  /** Calls back, once, when a reader may go on. */
  whenRoom(reader: () => void): void {
    this.#readers.push(reader)
  }

  /** Takes a place among the publishes, or calls back, once, when there may be one. */
  beginPublish(retry: () => void): boolean {
    if (this.inFlight >= this.#limits.maxInFlight) {
      this.#publishers.add(retry)
      return false
    }
    this.inFlight += 1
    return true
  }

  endPublish(): void {
    this.inFlight -= 1
    for (const retry of this.#publishers) {
      if (this.inFlight >= this.#limits.maxInFlight) return
      this.#publishers.delete(retry)
      retry()
    }
  }

  // A few per turn and never all at once: a woken reader that finds nothing to read must not leave the others asleep.
  #wakeReaders(): void {
    if (this.#waking || this.full) return
    this.#waking = true
    setImmediate(() => {
      this.#waking = false
      if (!this.full) for (const reader of this.#readers.splice(0, WOKEN_PER_TURN)) reader()
      if (this.#readers.length > 0) this.#wakeReaders()
    })
  }
}
