// The rows of the alert list: read page after page, patched by live events, and read again soon after they changed.

import { api, asFailure, isAbort, type ApiFailure } from '../lib/api.ts'
import type { AlertCounts, AlertRow, Alerts } from '../lib/alerting-types.ts'
import { alertQuery, patchedAlerts, type AlertView } from '../shape/alert-filter.ts'
import { live } from './live-feed.svelte.ts'

export const PAGE_ROWS = 100
const MOST_ROWS_PER_READ = 500
/** What has changed stays in its place for a moment, so that a row does not vanish under the finger. */
const REREAD_MS = 1_500

export class AlertRows {
  #rows = $state.raw<readonly AlertRow[]>()
  #total = $state(0)
  #counts = $state.raw<AlertCounts>()
  #failure = $state.raw<ApiFailure>()
  #outdated = $state(false)
  #busy = $state(false)
  #next: string | null = $state(null)
  #view: AlertView | undefined
  #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Undefined before the first answer. */
  get rows(): readonly AlertRow[] | undefined {
    return this.#rows
  }
  get total(): number {
    return this.#total
  }
  get counts(): AlertCounts | undefined {
    return this.#counts
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  /** True while the rows on screen still answer the previous question. */
  get outdated(): boolean {
    return this.#outdated
  }
  get busy(): boolean {
    return this.#busy
  }
  get hasMore(): boolean {
    return this.#next !== null
  }

  /** Follows live events; the answer ends it. */
  start(): () => void {
    const ends = [live.on('alerts', (rows) => this.#changed(rows)), live.onCatchUp(() => this.refresh())]
    return () => {
      clearTimeout(this.#timer)
      this.#abort.abort()
      for (const end of ends) end()
    }
  }

  /** Shows the answer to another question; the old rows stay, dimmed, until it comes. */
  show(view: AlertView): void {
    this.#view = view
    this.#outdated = this.#rows !== undefined
    void this.#read(PAGE_ROWS)
  }

  /** Reads again as much as is shown. */
  refresh(): void {
    void this.#read(Math.min(Math.max(this.#rows?.length ?? 0, PAGE_ROWS), MOST_ROWS_PER_READ))
  }

  /** The next page, behind what is shown. */
  more(): void {
    if (this.#next !== null && !this.#busy) void this.#read(PAGE_ROWS, this.#next)
  }

  async #read(limit: number, after?: string): Promise<void> {
    if (!this.#view) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    this.#busy = true
    try {
      const body = await api<Alerts>('/alerts', {
        query: { ...alertQuery(this.#view), limit, after },
        signal,
      })
      if (!signal.aborted) this.#take(body, after !== undefined)
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#failure = asFailure(error)
    } finally {
      if (!signal.aborted) this.#busy = false
    }
  }

  #take(body: Alerts, behind: boolean): void {
    const held = behind ? (this.#rows ?? []) : []
    const known = new Set(held.map(({ id }) => id))
    this.#rows = [...held, ...body.alerts.filter(({ id }) => !known.has(id))]
    this.#total = body.total
    this.#counts = body.counts
    this.#next = body.next
    this.#failure = undefined
    this.#outdated = false
  }

  #changed(changed: readonly AlertRow[]): void {
    if (this.#rows) this.#rows = patchedAlerts(this.#rows, changed)
    this.#timer ??= setTimeout(() => this.refresh(), REREAD_MS)
  }
}
