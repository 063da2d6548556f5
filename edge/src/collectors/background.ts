// A slow question (another program, a large file) asked beside the ticks, so that no tick waits for it.

/** At most one run at a time; its outcome is handed out once. */
export type Background<T> = {
  readonly running: boolean
  /** Begins a run; without effect while one is running. */
  start(): void
  /** Resolves when the run under way has ended, however it did. */
  ended(): Promise<void>
  /** The outcome of a run that ended since the last call. @throws what the run threw */
  take(): T | undefined
}

export function createBackground<T>(run: () => Promise<T>): Background<T> {
  let running = false
  let outcome: (() => T) | undefined
  let current = Promise.resolve()
  const settle = (result: () => T) => {
    outcome = result
    running = false
  }
  return {
    get running() {
      return running
    },
    start() {
      if (running) return
      running = true
      current = run().then(
        (value) => settle(() => value),
        (error: unknown) =>
          settle(() => {
            throw error
          }),
      )
    },
    ended: () => current,
    take() {
      const result = outcome
      outcome = undefined
      return result?.()
    },
  }
}
