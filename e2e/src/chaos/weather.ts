// What a network does to the packets that pass.

export type Weather = {
  readonly isCut: boolean
  readonly delayMs: number
  /** Up to this much more, for each packet by itself: packets overtake each other. */
  readonly jitterMs: number
  /** Shares of 1. */
  readonly doubled: number
  readonly lost: number
}

export const GOOD_WEATHER: Weather = { isCut: false, delayMs: 0, jitterMs: 0, doubled: 0, lost: 0 }
