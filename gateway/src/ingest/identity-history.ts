// One agent's identity, folded by version and not as the log orders it: what reconcile has put back may come after what
// followed it, and must not undo that. What comes before its predecessors counts at once, and is folded again when
// they come.

import type { DomainEvent } from '@secumon/domain/decider'
import { evolve, type IdentityState } from '@secumon/domain/identity'

export class IdentityHistory {
  #version = 0
  #settled: IdentityState
  readonly #ahead = new Map<number, readonly DomainEvent[]>()
  #state: IdentityState

  /** Up to which every version was taken. */
  get version(): number {
    return this.#version
  }

  /** After everything taken; another object only when something new was. */
  get state(): IdentityState {
    return this.#state
  }

  /** Folds one envelope. A version that was taken before changes nothing. */
  take(version: number, events: readonly DomainEvent[]): void {
    if (version <= this.#version || this.#ahead.has(version)) return
    this.#ahead.set(version, events)
    this.#settle()
    const later = [...this.#ahead].toSorted(([a], [b]) => a - b)
    this.#state = later.reduce((state, [, each]) => each.reduce(evolve, state), this.#settled)
  }

  #settle(): void {
    for (;;) {
      const next = this.#ahead.get(this.#version + 1)
      if (!next) return
      this.#ahead.delete(++this.#version)
      this.#settled = next.reduce(evolve, this.#settled)
    }
  }
}
