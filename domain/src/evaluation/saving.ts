// An evaluator's memory on its way to bytes while it goes on: agent by agent, and what is about to change before it does. The
// bytes say what was remembered when the saving began.

import type { KnownAgent } from './rule-set.ts'
import { StateWriter } from './state-bytes.ts'
import { rulePlaces, writeHead, writeKnown, writePlatform, writeWatched } from './state-codec.ts'
import type { EvaluatorState } from './state-codec.ts'
import type { Watched } from './watched.ts'

export class Saving {
  // Rules and names never change in place: they need no haste. Each half has its own bytes.
  readonly #head = new StateWriter()
  readonly #tail = new StateWriter()
  readonly #places: ReadonlyMap<string, number>
  readonly #known: Iterator<readonly [id: string, known: KnownAgent]>
  readonly #left: Set<Watched>
  #isKnownWritten = false

  constructor(state: EvaluatorState) {
    this.#places = rulePlaces(state.ruleSet)
    this.#known = state.ruleSet.agents.entries()
    this.#left = new Set(state.agents.values())
    writeHead(this.#head, state)
    writePlatform(this.#tail, state)
  }

  /** Nothing that goes on can change the bytes any more. */
  get isKept(): boolean {
    return this.#left.size === 0
  }

  /** Writes so many agents more. @returns whether everything is written */
  write(count: number): boolean {
    let left = count
    for (const agent of this.#left) {
      if (left-- <= 0) return false
      this.keep(agent)
    }
    return this.#writeKnown(left)
  }

  /** The agent is about to change. */
  keep(agent: Watched): void {
    if (this.#left.delete(agent)) writeWatched(this.#tail, agent, this.#places)
  }

  /** All of them are. */
  keepAll(): void {
    for (const agent of this.#left) this.keep(agent)
  }

  /** Writes what is left, and gives it all, in parts. */
  finish(): Uint8Array[] {
    this.write(Infinity)
    return [...this.#head.finish(), ...this.#tail.finish()]
  }

  #writeKnown(count: number): boolean {
    for (let left = count; left > 0 && !this.#isKnownWritten; left--) {
      const next = this.#known.next()
      if (next.done) this.#isKnownWritten = true
      else writeKnown(this.#head, ...next.value)
    }
    return this.#isKnownWritten
  }
}
