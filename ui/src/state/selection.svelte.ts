// Which rows are selected and which one the keyboard is on.

import { SvelteMap } from 'svelte/reactivity'

export class Selection<Row extends { readonly id: string }> {
  readonly #rows = new SvelteMap<string, Row>()
  #cursor = $state(-1)

  get size(): number {
    return this.#rows.size
  }
  get rows(): Row[] {
    return [...this.#rows.values()]
  }
  /** Index of the row under the keyboard; -1 before the first key. */
  get cursor(): number {
    return this.#cursor
  }
  set cursor(index: number) {
    this.#cursor = index
  }
  has(id: string): boolean {
    return this.#rows.has(id)
  }
  toggle(row: Row): void {
    if (!this.#rows.delete(row.id)) this.#rows.set(row.id, row)
  }
  clear(): void {
    this.#rows.clear()
  }
}
