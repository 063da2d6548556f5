import { describe, expect, it } from 'vitest'
import { firstRow, scrollToShow, windowRows } from './row-window.ts'

describe('the rows that exist', () => {
  it.each([
    [0, 900, 10_000],
    [180_000, 900, 10_000],
    [359_500, 900, 10_000],
    [0, 900, 3],
  ])('scrolled to %i px in %i px of %i rows cover the view with unique slots', (top, view, total) => {
    const rows = windowRows(firstRow(top, 36), view, 36, total)
    expect(rows.length).toBeLessThanOrEqual(60)
    expect(new Set(rows.map(({ slot }) => slot)).size).toBe(rows.length)
    const seen = Math.min(total - 1, Math.floor((top + view) / 36))
    expect([(rows[0]?.index ?? 1) * 36 <= top, (rows.at(-1)?.index ?? 0) >= seen]).toEqual([true, true])
  })
  it('leaves a row in its slot while the table scrolls', () => {
    const slotOf = (first: number): number | undefined =>
      windowRows(first, 900, 36, 10_000).find(({ index }) => index === 120)?.slot
    expect(slotOf(100)).toBe(slotOf(110))
  })
  it('scrolls no further than it must', () => {
    const view = { topPx: 360, heightPx: 720 }
    expect([scrollToShow(5, 36, view), scrollToShow(15, 36, view), scrollToShow(40, 36, view)]).toEqual([
      180, 360, 756,
    ])
  })
})
