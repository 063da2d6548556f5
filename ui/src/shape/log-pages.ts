// Pages of log lines behind one another. Those far from view can be let go: their rows keep their places, and whoever
// knows their cursor reads them again.

import type { LogLine } from '../lib/api-types.ts'
import { appendEnds, FLAT_ROWS, rowLines, type RowEnds, type RowForm } from './log-layout.ts'

export type LogPage = {
  /** Where the API began it; undefined for the first. */
  readonly cursor: string | undefined
  readonly start: number
  readonly count: number
  readonly characters: number
  /** Undefined once let go. */
  lines: readonly LogLine[] | undefined
}

/** What a line takes beside its message. */
const LINE_CHARACTERS = 200

export class LogPages {
  #pages: LogPage[] = []
  #ends: number[] = []
  #form = FLAT_ROWS

  get count(): number {
    return this.#ends.length
  }
  get ends(): RowEnds {
    return this.#ends
  }

  line(index: number): LogLine | undefined {
    const page = this.#pageOf(index)
    return page?.lines?.[index - page.start]
  }

  /** -1 where it is not among the lines held. */
  indexOf(id: string): number {
    for (const { lines, start } of this.#pages) {
      const at = lines?.findIndex((line) => line.id === id) ?? -1
      if (at >= 0) return start + at
    }
    return -1
  }

  clear(): void {
    this.#pages = []
    this.#ends = []
  }

  append(lines: readonly LogLine[], cursor: string | undefined): void {
    if (lines.length === 0) return
    const characters = lines.reduce((sum, { message }) => sum + message.length + LINE_CHARACTERS, 0)
    this.#pages.push({ cursor, start: this.count, count: lines.length, characters, lines })
    appendEnds(
      this.#ends,
      lines.map((line) => this.#linesOf(line)),
    )
  }

  /**
   * Puts lines back that were let go. Where others stand there now, they take the page's place, and what came behind
   * is forgotten.
   * @returns whether it was forgotten
   */
  putBack(page: LogPage, lines: readonly LogLine[], next: string | null): boolean {
    const at = this.#pages.indexOf(page)
    if (at < 0) return false
    const follows = this.#pages[at + 1]
    if (lines.length === page.count && (!follows || follows.cursor === next)) {
      page.lines = lines
      return false
    }
    this.#pages.length = at
    this.#ends.length = page.start
    this.append(lines, page.cursor)
    return true
  }

  /** Pages of these rows that were let go. */
  missing(first: number, end: number): readonly LogPage[] {
    return this.#pages
      .slice(this.#pageAt(first), this.#pageAt(Math.max(first, end - 1)) + 1)
      .filter(({ lines }) => !lines)
  }

  /** Lets go what is farthest from a row until the rest takes no more than so many characters; never its neighbours. */
  letGo(row: number, mostCharacters: number): void {
    if (this.#pages.reduce((sum, page) => sum + heldOf(page), 0) <= mostCharacters) return
    const inView = this.#pageAt(row)
    const nearest = this.#pages
      .map((page, i) => ({ page, distance: Math.abs(i - inView) }))
      .toSorted((a, b) => a.distance - b.distance)
    let held = 0
    for (const { page, distance } of nearest) {
      held += heldOf(page)
      if (held > mostCharacters && distance > 1) page.lines = undefined
    }
  }

  /** Rows are drawn so. One that was let go keeps its height. */
  drawAs(form: RowForm): void {
    this.#form = form
    const kept = this.#ends
    const heightOf = (index: number): number => (kept[index] ?? 0) - (kept[index - 1] ?? 0)
    this.#ends = []
    for (const { lines, start, count } of this.#pages)
      appendEnds(
        this.#ends,
        lines?.map((line) => this.#linesOf(line)) ??
          Array.from({ length: count }, (_, i) => heightOf(start + i)),
      )
  }

  #linesOf(line: LogLine): number {
    return rowLines(line.message, this.#form)
  }

  /** The page that holds a row. */
  #pageOf(index: number): LogPage | undefined {
    const page = this.#pages[this.#pageAt(index)]
    return page && index < page.start + page.count ? page : undefined
  }

  #pageAt(index: number): number {
    let low = 0
    let high = Math.max(0, this.#pages.length - 1)
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#pages[middle]?.start ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return low
  }
}

const heldOf = ({ lines, characters }: LogPage): number => (lines ? characters : 0)
