// Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"): many agents that
// lost the same gateway come back spread out.

export type BackoffOptions = {
  readonly baseMs: number
  readonly maxMs: number
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

export type Backoff = {
  /** The next wait, 0 – min(maxMs, baseMs · 2ⁿ). */
  nextMs(): number
  reset(): void
}

export function createBackoff({ baseMs, maxMs, random }: BackoffOptions): Backoff {
  let attempt = 0
  return {
    nextMs: () => Math.floor(random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt++, 30))),
    reset: () => {
      attempt = 0
    },
  }
}
