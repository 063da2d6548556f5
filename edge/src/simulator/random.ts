// Repeatable randomness for simulated hosts. Source: mulberry32 by Tommy Ettinger, public domain.

export type Random = {
  /** From 0 up to, not including, 1. */
  next(): number
  /** Around 0, mostly within ±1, never beyond ±1.5. */
  wobble(): number
}

/** The same seed gives the same sequence. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, wobble: () => next() + next() + next() - 1.5 }
}
