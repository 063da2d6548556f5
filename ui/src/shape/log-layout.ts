// Where rows of log lines stand when some are higher than others. A row's height is computed from its text, never
// measured: letters of one width and breaks anywhere make that exact enough, and 100,000 rows need no element each.

import type { LogLine } from '../lib/api-types.ts'
import { rowText } from './log-text.ts'

/** A wrapped row shows at most so many lines of text; the rest is in the details. */
export const MOST_ROW_LINES = 12

/** How rows are drawn. */
export type RowForm = {
  /** Rows wrap at so many letters; undefined: a message has one line. */
  readonly letters: number | undefined
  /** Lines above the message. */
  readonly headLines: number
}
export const FLAT_ROWS: RowForm = { letters: undefined, headLines: 0 }

/** How many lines of text a row takes. */
export const rowLines = (message: string, { letters, headLines }: RowForm): number =>
  headLines + (letters === undefined ? 1 : wrappedLines(message, letters))

/** How many lines a message takes when a line holds so many letters of one width. */
export function wrappedLines(message: string, letters: number): number {
  const text = rowText(message, true)
  if (!text.includes('\n') && text.length * 2 <= letters) return 1
  let lines = 0
  for (const line of text.split('\n')) lines += Math.max(1, Math.ceil(widthOf(line) / letters))
  return Math.min(lines, MOST_ROW_LINES)
}

/** Width in letters: a tabulator goes to the next eighth, East Asian letters and pictures are twice as wide. */
function widthOf(line: string): number {
  let width = 0
  for (const letter of line) {
    const code = letter.codePointAt(0) ?? 0
    width += letter === '\t' ? 8 - (width % 8) : code >= 0x1100 && isWide(code) ? 2 : 1
  }
  return width
}

// Unicode Standard Annex 11, the large blocks of it.
const isWide = (code: number): boolean =>
  code <= 0x115f ||
  (code >= 0x2e80 && code <= 0xa4cf) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xf900 && code <= 0xfaff) ||
  (code >= 0xfe30 && code <= 0xfe6f) ||
  (code >= 0xff00 && code <= 0xff60) ||
  (code >= 0x1f300 && code <= 0x1faff) ||
  (code >= 0x20000 && code <= 0x3fffd)

/** Ends of rows, counted in lines of text: row `i` stands from `ends[i - 1]` to `ends[i]`. */
export type RowEnds = readonly number[]

/** Ends of more rows behind those there are. */
export function appendEnds(ends: number[], lines: Iterable<number>): void {
  let end = ends.at(-1) ?? 0
  for (const each of lines) ends.push((end += each))
}

/** Ends of the rows of these lines. */
export function endsOf(lines: readonly LogLine[], form: RowForm): RowEnds {
  const ends: number[] = []
  appendEnds(
    ends,
    lines.map(({ message }) => rowLines(message, form)),
  )
  return ends
}

/** Top of a row, in lines of text. */
export const topOf = (ends: RowEnds, index: number): number => (index <= 0 ? 0 : (ends[index - 1] ?? 0))

/** The row that covers a line of text; the last one when it lies behind. */
export function rowAt(ends: RowEnds, line: number): number {
  let low = 0
  let high = Math.max(0, ends.length - 1)
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) > line) high = middle
    else low = middle + 1
  }
  return low
}
