// The rows of the fleet table, read in windows as they come into view and patched by live events.

import { api, asFailure, isAbort, type ApiFailure } from '../lib/api.ts'
import type { Fleet, FleetAgent, StatusCounts } from '../lib/api-types.ts'
import { fleetQuery, type FleetView } from '../shape/fleet-filter.ts'
import { live } from './live-feed.svelte.ts'

export const WINDOW_ROWS = 200
const MOST_ROWS_PER_READ = 1000
const REREAD_MS = 10_000

export class FleetRows {
  #windows = $state.raw<ReadonlyMap<number, readonly FleetAgent[]>>(new Map())
  #total = $state<number>()
  #counts = $state.raw<StatusCounts>()
  #failure = $state.raw<ApiFailure>()
  #outdated = $state(false)
  #view: FleetView | undefined
  #abort = new AbortController()
  readonly #asking = new Set<number>()
  #inView: readonly [number, number] = [0, 0]
  #changed = false

  get total(): number | undefined {
    return this.#total
  }
  get counts(): StatusCounts | undefined {
    return this.#counts
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  /** True while the rows on screen still answer the previous question. */
  get outdated(): boolean {
    return this.#outdated
  }
  row(index: number): FleetAgent | undefined {
    return this.#windows.get(Math.floor(index / WINDOW_ROWS))?.[index % WINDOW_ROWS]
  }
  /** Every row read so far. */
  known(): FleetAgent[] {
    return [...this.#windows.values()].flat()
  }

  /** Follows live events; the answer ends it. */
  start(): () => void {
    const timer = setInterval(() => {
      if (this.#changed && !document.hidden && live.state === 'live') this.refresh()
    }, REREAD_MS)
    const ends = [live.on('fleet', (rows) => this.#patch(rows)), live.onCatchUp(() => this.refresh())]
    return () => {
      clearInterval(timer)
      this.#abort.abort()
      for (const end of ends) end()
    }
  }

  /** Shows the answer to another question; the old rows stay, dimmed, until it comes. */
  show(view: FleetView): void {
    this.#view = view
    this.#outdated = this.#total !== undefined
    this.#restart()
    void this.#read(0, true)
  }

  /** These rows are in view: what is missing of them is read. */
  ensure(first: number, last: number): void {
    this.#inView = [first, last]
    for (let window = Math.floor(first / WINDOW_ROWS); window <= Math.floor(last / WINDOW_ROWS); window++) {
      if (!this.#windows.has(window) && !this.#outdated) void this.#read(window, false)
    }
  }

  /** Reads again what is in view; the rest when it is scrolled to. */
  refresh(): void {
    if (!this.#view) return
    this.#changed = false
    this.#restart()
    const [first, last] = this.#inView.map((index) => Math.floor(index / WINDOW_ROWS)) as [number, number]
    void this.#read(first, true)
    if (last > first) void this.#read(last, false)
  }

  /** Every row that matches, for a download. @throws ApiFailure */
  async all(): Promise<FleetAgent[]> {
    const rows: FleetAgent[] = []
    const query = this.#view ? fleetQuery(this.#view) : {}
    for (;;) {
      const body = await api<Fleet>('/fleet', {
        query: { ...query, limit: MOST_ROWS_PER_READ, offset: rows.length },
      })
      rows.push(...body.agents)
      if (body.agents.length === 0 || rows.length >= body.total) return rows
    }
  }

  #restart(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#asking.clear()
  }

  async #read(window: number, replace: boolean): Promise<void> {
    if (!this.#view || this.#asking.has(window)) return
    this.#asking.add(window)
    const { signal } = this.#abort
    try {
      const query = { ...fleetQuery(this.#view), limit: WINDOW_ROWS, offset: window * WINDOW_ROWS }
      const body = await api<Fleet>('/fleet', { query, signal })
      if (!signal.aborted) this.#take(window, body, replace)
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#failure = asFailure(error)
    } finally {
      if (!signal.aborted) this.#asking.delete(window)
    }
  }

  #take(window: number, body: Fleet, replace: boolean): void {
    this.#windows = new Map([...(replace ? [] : this.#windows), [window, body.agents]])
    this.#total = body.total
    this.#counts = body.counts
    this.#failure = undefined
    this.#outdated = false
    if (replace) this.ensure(...this.#inView)
  }

  #patch(rows: readonly FleetAgent[]): void {
    this.#changed = true
    const changed = new Map(rows.map((row) => [row.id, row]))
    let touched = false
    const next = new Map<number, readonly FleetAgent[]>()
    for (const [window, held] of this.#windows) {
      const hit = held.some((row) => changed.has(row.id))
      touched ||= hit
      next.set(window, hit ? held.map((row) => changed.get(row.id) ?? row) : held)
    }
    if (touched) this.#windows = next
  }
}
