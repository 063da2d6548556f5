// Whether anything is missing between segments: flushes rise by one over the whole archive, and each tenant's leaves from
// 0, whatever kind of segment they lie in. What is known to be complete is settled and forgotten.

import type { Finding, LeafSpot } from './check-findings.ts'

type Report = (finding: Finding) => void

export class FlushOrder {
  readonly #report: Report
  readonly #seen = new Map<number, { blocks: number; expected: number }>()
  #next: number

  /** @param first the first flush that must be there */
  constructor(report: Report, first: number) {
    this.#report = report
    this.#next = first
  }

  add(flush: number, expected: number): void {
    const known = this.#seen.get(flush)
    if (known) known.blocks++
    else if (flush >= this.#next) this.#seen.set(flush, { blocks: 1, expected })
  }

  /** All blocks of flushes before this one have been seen. */
  settle(before: number): void {
    const numbers = [...this.#seen.keys()].filter((flush) => flush < before).toSorted((a, b) => a - b)
    for (const flush of numbers) {
      const { blocks, expected } = this.#seen.get(flush) ?? { blocks: 0, expected: 0 }
      this.#missing(flush)
      if (blocks !== expected) this.#report({ kind: 'flush-incomplete', flush, blocks, expected })
      this.#seen.delete(flush)
      this.#next = flush + 1
    }
    this.#missing(before)
    this.#next = Math.max(this.#next, before)
  }

  #missing(until: number): void {
    if (this.#next < until) this.#report({ kind: 'flushes-missing', first: this.#next, last: until - 1 })
  }
}

type Run = LeafSpot & { readonly count: number; readonly flush: number }

export class LeafOrder {
  readonly #report: Report
  readonly #tenants = new Map<string, { next: number; pending: Run[] }>()
  readonly #first: (tenant: string) => number

  /** @param first the first leaf of a tenant that must be there */
  constructor(report: Report, first: (tenant: string) => number) {
    this.#report = report
    this.#first = first
  }

  add(run: Run): void {
    const known = this.#tenants.get(run.tenant)
    const state = known ?? { next: this.#first(run.tenant), pending: [] }
    if (!known) this.#tenants.set(run.tenant, state)
    // As a rule the next one, so that nothing is kept.
    if (run.leaf === state.next && state.pending.length === 0) state.next += run.count
    else state.pending.push(run)
  }

  /** All blocks of flushes before this one have been seen. */
  settle(before: number): void {
    for (const [tenant, state] of this.#tenants) {
      if (state.pending.length === 0) continue
      const due = state.pending.filter(({ flush }) => flush < before).toSorted((a, b) => a.leaf - b.leaf)
      state.pending = state.pending.filter(({ flush }) => flush >= before)
      for (const run of due) state.next = this.#take(tenant, state.next, run)
    }
  }

  #take(tenant: string, next: number, { segment, offset, leaf, count }: Run): number {
    const end = leaf + count
    if (leaf > next) this.#report({ kind: 'leaves-missing', tenant, first: next, last: leaf - 1 })
    const last = Math.min(end, next) - 1
    if (leaf <= last && leaf >= this.#first(tenant))
      this.#report({ kind: 'leaves-twice', segment, offset, tenant, leaf, last })
    return Math.max(next, end)
  }
}
