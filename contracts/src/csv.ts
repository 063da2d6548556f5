// Comma-separated values by RFC 4180. Cells that a spreadsheet would run as a formula are defused.

/** What a cell holds; null and undefined leave it empty. */
export type Cell = string | number | boolean | null | undefined

// By OWASP's "CSV injection", with the full-width forms that some spreadsheets take too.
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** One line, ended by CRLF. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`

/** Header and rows as one text. */
export const toCsv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows].map(csvLine).join('')
