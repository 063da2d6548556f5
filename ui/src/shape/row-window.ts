// Which rows of a long table exist. Rows are of one height, and those that leave at one end are used again at the
// other, so that scrolling changes texts and makes no elements.

/** Rows beyond either edge of the view. */
export const SPARE_ROWS = 5

export type WindowRow = {
  readonly index: number
  /** Stands for the element that shows the row. */ readonly slot: number
}

/** First row that must exist when the table is scrolled to `topPx`. */
export const firstRow = (topPx: number, rowPx: number): number =>
  Math.max(0, Math.floor(topPx / rowPx) - SPARE_ROWS)

/** The rows that exist, in order; slots are unique among them and stay with a row while it exists. */
export function windowRows(first: number, viewPx: number, rowPx: number, total: number): WindowRow[] {
  const slots = Math.ceil(viewPx / rowPx) + 1 + 2 * SPARE_ROWS
  const start = Math.min(first, Math.max(0, total - slots))
  return Array.from({ length: Math.min(slots, total - start) }, (_, i) => ({
    index: start + i,
    slot: (start + i) % slots,
  }))
}

/** Where to scroll so that a row is in view; where it stands now when it is. */
export function scrollToShow(
  index: number,
  rowPx: number,
  view: { readonly topPx: number; readonly heightPx: number },
): number {
  const rowTop = index * rowPx
  if (rowTop < view.topPx) return rowTop
  return Math.max(view.topPx, rowTop + rowPx - view.heightPx)
}
