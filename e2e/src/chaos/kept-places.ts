// Which promises are covered by the places that an agent keeps in a later epoch for the frames it had to leave behind.
// The places say how many those were, not which: each covers one promise of an earlier epoch, the oldest first.

import type { Taken } from './journals.ts'

/** Frames of earlier epochs that gaps of this one stand for. */
export type LeftBehind = {
  /** ULID. */
  readonly agent: string
  readonly epoch: number
  readonly frames: number
}

export class KeptPlaces {
  /** Promise to the chain whose gap covers it. */
  readonly #covered = new Map<string, string>()
  readonly #used = new Map<string, number>()

  /** Promises that are covered. */
  get count(): number {
    return this.#covered.size
  }

  /** Takes a free place for the promise. False when there is none. */
  cover(promise: string, { epoch }: Taken, left: readonly LeftBehind[]): boolean {
    const free = left.find((each) => each.epoch > epoch && this.#usedOf(chainOf(each)) < each.frames)
    if (!free) return false
    const chain = chainOf(free)
    this.#covered.set(promise, chain)
    this.#used.set(chain, this.#usedOf(chain) + 1)
    return true
  }

  /** The promise was kept after all: its place is free again. False when it had none. */
  giveBack(promise: string): boolean {
    const chain = this.#covered.get(promise)
    if (chain === undefined) return false
    this.#covered.delete(promise)
    this.#used.set(chain, this.#usedOf(chain) - 1)
    return true
  }

  #usedOf(chain: string): number {
    return this.#used.get(chain) ?? 0
  }
}

const chainOf = ({ agent, epoch }: LeftBehind): string => `${agent}/${epoch}`
