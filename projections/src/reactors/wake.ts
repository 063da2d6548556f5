// Something to wait for that may happen before anybody waits, and more than once.

/** Between a reader that has news and a loop that acts on it. */
export class Wake {
  #rung = false
  #waiting: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#waiting?.()
  }

  /** Resolves at the next ring, at once if there was one since the last wait, after the time, or with the signal. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted && timeoutMs > 0) await this.#next(timeoutMs, signal)
    this.#rung = false
  }

  async #next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = () => resolve()
    this.#waiting = end
    const timer = setTimeout(end, timeoutMs)
    signal.addEventListener('abort', end)
    await promise
    signal.removeEventListener('abort', end)
    clearTimeout(timer)
    this.#waiting = undefined
  }
}
