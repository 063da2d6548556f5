// How often somebody may guess. An attempt counts before it is checked, so that a burst gains nothing; a success
// gives it back.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const WINDOW_S = 15 * 60

/** Wrong attempts in 15 minutes. */
export const LIMITS = {
  /** One name from one address. */
  pair: 10,
  /** One address, any names. */
  address: 50,
  /** One name, from anywhere: bounds guessing by many machines without letting one of them lock a user out. */
  name: 200,
} as const

/** The next attempt is welcome after this time. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('too many attempts')
    this.retryAfterMs = retryAfterMs
  }
}

export type Attempt = { readonly name: string; readonly address: string }

export type LoginLimits = {
  /** Counts an attempt. @throws TooManyAttempts */
  count(attempt: Attempt): Promise<void>
  /** It was the right password. */
  succeeded(attempt: Attempt): Promise<void>
}

export function loginLimits(): LoginLimits {
  const limiter = (points: number) => new RateLimiterMemory({ points, duration: WINDOW_S })
  const [pair, address, name] = [limiter(LIMITS.pair), limiter(LIMITS.address), limiter(LIMITS.name)]
  const keyed = (attempt: Attempt) => {
    const user = attempt.name.toLowerCase().slice(0, 320)
    return [
      { of: pair, key: `${attempt.address} ${user}` },
      { of: address, key: attempt.address },
      { of: name, key: user },
    ]
  }
  return {
    async count(attempt) {
      // First, so that an address that goes on makes us remember no more names.
      await refuseSpent(address, attempt.address)
      for (const { of, key } of keyed(attempt)) await consume(of, key)
    },
    async succeeded(attempt) {
      for (const { of, key } of keyed(attempt)) await of.reward(key)
    },
  }
}

/** Failures of one address, for endpoints where only they count. */
export type FailureLimit = {
  /** @throws TooManyAttempts when the address has failed too often */
  check(address: string): Promise<void>
  failed(address: string): Promise<void>
}

/** @param failures in 15 minutes */
export function failureLimit(failures: number): FailureLimit {
  const limiter = new RateLimiterMemory({ points: failures, duration: WINDOW_S })
  return {
    async check(address) {
      const state = await limiter.get(address)
      if (state && (state.consumedPoints ?? 0) >= failures) throw new TooManyAttempts(state.msBeforeNext ?? 0)
    },
    async failed(address) {
      await limiter.penalty(address)
    },
  }
}

async function refuseSpent(limiter: RateLimiterMemory, key: string): Promise<void> {
  const state = await limiter.get(key)
  if (state && state.remainingPoints <= 0) throw new TooManyAttempts(state.msBeforeNext)
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw new TooManyAttempts(refusal.msBeforeNext)
    throw refusal
  }
}
