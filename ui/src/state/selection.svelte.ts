// Which rows are selected and which one the keyboard is on.

import { SvelteMap } from 'svelte/reactivity'
import type { FleetAgent } from '../lib/api-types.ts'

export class Selection {
  readonly #agents = new SvelteMap<string, FleetAgent>()
  #cursor = $state(-1)

  get size(): number {
    return this.#agents.size
  }
  get agents(): FleetAgent[] {
    return [...this.#agents.values()]
  }
  /** Index of the row under the keyboard; -1 before the first key. */
  get cursor(): number {
    return this.#cursor
  }
  set cursor(index: number) {
    this.#cursor = index
  }
  has(id: string): boolean {
    return this.#agents.has(id)
  }
  toggle(agent: FleetAgent): void {
    if (!this.#agents.delete(agent.id)) this.#agents.set(agent.id, agent)
  }
  clear(): void {
    this.#agents.clear()
  }
}
