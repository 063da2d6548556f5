// Agents by name, for screens that are told ids. Read once, and again a minute later at the earliest.

import { api } from '../lib/api.ts'
import type { FleetMap } from '../lib/api-types.ts'
import { Loading } from './loading.svelte.ts'

const REREAD_MS = 60_000

class AgentNames {
  readonly #map = new Loading<FleetMap>((signal) => api('/fleet/map', { signal }))
  readonly #names = $derived(new Map(this.#map.value?.agents.map(({ id, name }) => [id, name])))
  readonly #longest = $derived(Math.max(1, ...[...this.#names.values()].map(({ length }) => length)))
  #readMs = 0

  /** Reads the names when they are not here, or have become old. */
  load(): void {
    if (Date.now() - this.#readMs < REREAD_MS && !this.#map.failure) return
    this.#readMs = Date.now()
    void this.#map.load()
  }

  /** The name; of an agent that is retired or not known yet, the end of its id. */
  of(id: string): string {
    return this.#names.get(id) ?? `…${id.slice(-8)}`
  }
  /** Letters of the longest name; at least 1. */
  get longest(): number {
    return this.#longest
  }
}

export const agentNames = new AgentNames()
