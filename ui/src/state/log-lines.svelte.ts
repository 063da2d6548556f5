// The lines of a range, read page after page as they are scrolled to; memory has a bound and the list has none.

import { api, asFailure, isAbort, type ApiFailure } from '../lib/api.ts'
import type { LogLine, Logs } from '../lib/api-types.ts'
import { logQuery, type LogView } from '../shape/log-filter.ts'
import { FLAT_ROWS, type RowEnds, type RowForm } from '../shape/log-layout.ts'
import { LogPages, type LogPage } from '../shape/log-pages.ts'
import type { TimeRange } from '../shape/time-range.ts'
import type { LogRows } from './log-rows.ts'

export const FIRST_PAGE_LINES = 200
export const PAGE_LINES = 1_000
/** Rows behind the view that are read before they are scrolled to. */
const AHEAD_ROWS = 1_500
const HELD_CHARACTERS = 48_000_000
/** Browsers lay out no page that is much higher than 17 million pixels. */
const MOST_LINES_OF_TEXT = 800_000
/** Answers cut short by the server's time-out after which the viewer decides whether to search on. */
const PARTIAL_IN_A_ROW = 5

type Question = { readonly view: LogView; readonly range: TimeRange }

export class LogLines implements LogRows {
  #version = $state(0)
  #answered = $state(false)
  #outdated = $state(false)
  #busy = $state(false)
  #next = $state<string | null>(null)
  #partials = $state(0)
  #failure = $state.raw<ApiFailure>()
  #bounds = $state.raw<{ readonly from: number; readonly to: number }>()
  #question: Question | undefined
  #form = FLAT_ROWS
  #abort = new AbortController()
  readonly #pages = new LogPages()
  readonly #asking = new Set<LogPage>()
  readonly #heldCharacters: number

  constructor(heldCharacters = HELD_CHARACTERS) {
    this.#heldCharacters = heldCharacters
  }

  get count(): number {
    void this.#version
    return this.#pages.count
  }
  get ends(): RowEnds {
    void this.#version
    return this.#pages.ends
  }
  line(index: number): LogLine | undefined {
    void this.#version
    return this.#pages.line(index)
  }
  indexOf(id: string): number {
    void this.#version
    return this.#pages.indexOf(id)
  }

  /** False before the first answer. */
  get answered(): boolean {
    return this.#answered
  }
  /** True while the lines on screen still answer the previous question. */
  get outdated(): boolean {
    return this.#outdated
  }
  get busy(): boolean {
    return this.#busy
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  get hasMore(): boolean {
    return this.#next !== null
  }
  /** True when time was up so often that the viewer decides whether to search on. */
  get stalled(): boolean {
    return this.hasMore && this.#partials >= PARTIAL_IN_A_ROW
  }
  /** True while time was up at least once and it reads on. */
  get searching(): boolean {
    return this.hasMore && this.#partials > 0 && !this.stalled
  }
  /** True when the list is as long as a page can be. */
  get full(): boolean {
    return (this.ends.at(-1) ?? 0) >= MOST_LINES_OF_TEXT
  }
  /** The range by the server's clock, once it has answered. */
  get bounds(): { readonly from: number; readonly to: number } | undefined {
    return this.#bounds
  }

  /** Shows the answer to another question; the old lines stay, dimmed, until it comes. */
  show(view: LogView, range: TimeRange): void {
    this.#question = { view, range }
    this.#outdated = this.#answered
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#asking.clear()
    void this.#read(undefined)
  }

  /** Asks the same again, up to now. */
  refresh(): void {
    if (this.#question) this.show(this.#question.view, this.#question.range)
  }

  /** Searches on after time was up or a page failed. */
  more(): void {
    this.#partials = 0
    this.#failure = undefined
    this.#readOn()
  }

  stop(): void {
    this.#abort.abort()
  }

  ensure(first: number, end: number): void {
    if (this.#outdated) return
    for (const page of this.#pages.missing(first, end)) void this.#readAgain(page)
    if (end + AHEAD_ROWS > this.#pages.count) this.#readOn()
    this.#pages.letGo(Math.floor((first + end) / 2), this.#heldCharacters)
  }

  drawAs(form: RowForm): void {
    if (form.letters === this.#form.letters && form.headLines === this.#form.headLines) return
    this.#form = form
    this.#pages.drawAs(form)
    this.#version += 1
  }

  #readOn(): void {
    const waits = this.#busy || this.#outdated || this.stalled || this.full || this.#failure !== undefined
    if (this.#next !== null && !waits) void this.#read(this.#next)
  }

  async #read(cursor: string | undefined): Promise<void> {
    const { signal } = this.#abort
    this.#busy = true
    try {
      const limit = cursor === undefined ? FIRST_PAGE_LINES : PAGE_LINES
      const body = await this.#ask({ cursor, limit, signal })
      if (!signal.aborted) this.#take(body, cursor)
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#failure = asFailure(error)
    } finally {
      if (!signal.aborted) this.#busy = false
    }
    // Where nothing was found in time nothing scrolls, so nobody else asks on.
    if (!signal.aborted && this.#partials > 0) this.#readOn()
  }

  #ask(page: { cursor: string | undefined; limit: number; signal: AbortSignal }): Promise<Logs> {
    if (!this.#question) throw new Error('nothing is asked')
    const { view, range } = this.#question
    const { cursor, limit, signal } = page
    const query = { ...this.#asked(range, cursor), ...logQuery(view), order: view.order, limit, cursor }
    return api('/logs', { query, signal })
  }

  /** A first page up to now is asked by the server's clock; the viewer's may be wrong. */
  #asked(range: TimeRange, cursor: string | undefined): { from: number; to?: number } {
    if (range.kind === 'between') return { from: range.fromMs, to: range.toMs }
    return cursor !== undefined && this.#bounds ? this.#bounds : { from: -range.durationMs }
  }

  #take({ lines, next, from, to, partial }: Logs, cursor: string | undefined): void {
    if (cursor === undefined) {
      this.#pages.clear()
      this.#bounds = { from, to }
      this.#partials = 0
    }
    this.#pages.append(lines, cursor)
    this.#partials = partial ? this.#partials + 1 : 0
    this.#next = next
    this.#failure = undefined
    this.#answered = true
    this.#outdated = false
    this.#version += 1
  }

  async #readAgain(page: LogPage): Promise<void> {
    if (this.#asking.has(page) || this.#failure) return
    this.#asking.add(page)
    const { signal } = this.#abort
    try {
      const { lines, next } = await this.#ask({ cursor: page.cursor, limit: page.count, signal })
      if (signal.aborted) return
      if (this.#pages.putBack(page, lines, next)) this.#next = next
      this.#version += 1
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#failure = asFailure(error)
    } finally {
      this.#asking.delete(page)
    }
  }
}
