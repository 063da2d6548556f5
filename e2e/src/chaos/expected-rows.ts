// The rows that the tables must have, told by the archive: each of them as often as frames tell of it, which is once, and
// no others.

import type { StoredRow } from './tables.ts'

/** Rows are looked for from a little before the oldest one that is missing. */
const MARGIN_MS = 5_000

export type StrangeRow = StoredRow & { readonly told: number }

export class ExpectedRows {
  /** How many frames tell of a row. */
  readonly #told = new Map<string, number>()
  readonly #missing = new Map<string, number>()
  #strange: StrangeRow[] = []

  /** @param agent as the tables name it */
  expect(agent: string, atMs: number): void {
    const key = rowKey(agent, atMs)
    this.#told.set(key, (this.#told.get(key) ?? 0) + 1)
    this.#missing.set(key, atMs)
  }

  get count(): number {
    return [...this.#told.values()].reduce((sum, times) => sum + times, 0)
  }

  get missing(): readonly string[] {
    return [...this.#missing.keys()]
  }

  /** Rows that no frame of the archive tells of, or more of them than frames, at the last comparison. */
  get strange(): readonly StrangeRow[] {
    return this.#strange
  }

  /** From when on rows have to be looked at again; undefined when all were seen. */
  get sinceMs(): number | undefined {
    return this.#missing.size === 0 ? undefined : Math.min(...this.#missing.values()) - MARGIN_MS
  }

  compare(rows: readonly StoredRow[]): void {
    this.#strange = []
    for (const { agent, atMs, times } of rows) {
      const key = rowKey(agent, atMs)
      const told = this.#told.get(key) ?? 0
      if (times >= told) this.#missing.delete(key)
      if (times > told) this.#strange.push({ agent, atMs, times, told })
    }
  }
}

const rowKey = (agent: string, atMs: number): string => `${agent}@${atMs}`
