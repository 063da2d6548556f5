// How long to wait before the next attempt: twice as long each time, never the same for two.

const FIRST_MS = 100
const LONGEST_MS = 5_000

/** Milliseconds to wait after so many failures in a row (0 for the first): half fixed, half random. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
  return fullMs / 2 + (fullMs / 2) * random()
}
