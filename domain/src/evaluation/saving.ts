// An evaluator's memory on its way to bytes while it goes on: agent by agent, and what is about to change before it does. The
// bytes say what was remembered when the saving began.

import { StateWriter } from './state-bytes.ts'
import { rulePlaces, writeHead, writeWatched, type EvaluatorState } from './state-codec.ts'
import type { Watched } from './watched.ts'

export class Saving {
  readonly #into = new StateWriter()
  readonly #places: ReadonlyMap<string, number>
  readonly #left: Set<Watched>

  constructor(state: EvaluatorState) {
    this.#places = rulePlaces(state.ruleSet)
    this.#left = new Set(state.agents.values())
    writeHead(this.#into, state)
  }

  /** Everything is written. */
  get isWhole(): boolean {
    return this.#left.size === 0
  }

  /** Writes so many agents more. */
  write(count: number): void {
    let left = count
    for (const agent of this.#left) {
      if (left-- <= 0) return
      this.keep(agent)
    }
  }

  /** The agent is about to change. */
  keep(agent: Watched): void {
    if (this.#left.delete(agent)) writeWatched(this.#into, agent, this.#places)
  }

  /** Writes what is left, and gives it all. */
  finish(): Uint8Array {
    this.write(Infinity)
    return this.#into.finish()
  }
}
