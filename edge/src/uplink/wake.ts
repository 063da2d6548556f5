// Wakes whoever waits for something to change. A call between two waits is not lost.

export type Wake = {
  notify(): void
  /** Resolves at the next `notify`, at once if there was one since the last wait. */
  wait(): Promise<void>
}

export function createWake(): Wake {
  let isDue = false
  let waiter: (() => void) | undefined
  return {
    notify() {
      isDue = true
      waiter?.()
    },
    async wait() {
      if (!isDue) await new Promise<void>((resolve) => (waiter = resolve))
      waiter = undefined
      isDue = false
    },
  }
}

/** Waits, or returns early when the signal aborts. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal.addEventListener('abort', done)
  })
}
