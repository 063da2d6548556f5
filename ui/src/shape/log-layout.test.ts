import { describe, expect, it } from 'vitest'
import { endsOf, rowAt, rowLines, topOf, wrappedLines } from './log-layout.ts'
import { LogPages } from './log-pages.ts'
import { logLine, logLines } from './testing/logs.ts'

describe('the height of a row', () => {
  it.each([
    ['short', 10, 1],
    ['exactly 10', 10, 1],
    ['a little more', 10, 2],
    ['two\nlines', 10, 2],
    ['\u001b[31mcoloured!\u001b[0m', 10, 1],
    ['日本語の文', 10, 1],
    ['日本語の文字', 10, 2],
    ['a\tb', 10, 1],
    ['x'.repeat(5_000), 10, 12],
  ])('%j in %i letters takes %i lines', (message, letters, lines) =>
    expect(wrappedLines(message, letters)).toBe(lines),
  )
  it('has a line for its head on narrow screens', () => {
    expect(rowLines('x'.repeat(30), { letters: undefined, headLines: 1 })).toBe(2)
    expect(rowLines('x'.repeat(30), { letters: 10, headLines: 1 })).toBe(4)
  })
})

describe('where rows stand', () => {
  const ends = endsOf([logLine(0), logLine(1, { message: 'a\nb\nc' }), logLine(2)], {
    letters: 20,
    headLines: 0,
  })
  it('is told by their ends', () => {
    expect(ends).toEqual([1, 4, 5])
    expect([0, 1, 2].map((index) => topOf(ends, index))).toEqual([0, 1, 4])
    expect([0, 1, 3, 4, 99].map((line) => rowAt(ends, line))).toEqual([0, 1, 1, 2, 2])
  })
})

describe('pages', () => {
  function three(): LogPages {
    const pages = new LogPages()
    pages.append(logLines(0, 10), undefined)
    pages.append(logLines(10, 20), 'P2')
    pages.append(logLines(20, 30), 'P3')
    pages.append(logLines(30, 40), 'P4')
    return pages
  }
  it('let go what is far from view and keep its rows in their places', () => {
    const pages = three()
    pages.letGo(0, 5_000)
    expect([pages.count, pages.line(5)?.message, pages.line(35)]).toEqual([40, 'line 5', undefined])
    const [gone] = pages.missing(32, 38)
    expect(gone?.cursor).toBe('P4')
    if (gone) expect(pages.putBack(gone, logLines(30, 40), null)).toBe(false)
    expect(pages.line(35)?.message).toBe('line 35')
  })
  it('forget what follows where other lines stand now', () => {
    const pages = three()
    pages.letGo(39, 5_000)
    const [gone] = pages.missing(0, 5)
    if (gone) expect(pages.putBack(gone, [logLine(100), ...logLines(0, 9)], 'P1b')).toBe(true)
    expect([pages.count, pages.line(0)?.message, pages.line(10)]).toEqual([10, 'line 100', undefined])
  })
  it('keep the height of rows that were let go', () => {
    const pages = new LogPages()
    pages.append([logLine(0, { message: 'a\nb' }), ...logLines(1, 10)], undefined)
    for (let page = 1; page < 4; page++) pages.append(logLines(page * 10, page * 10 + 10), `P${page}`)
    pages.drawAs({ letters: 40, headLines: 0 })
    pages.letGo(39, 100)
    pages.drawAs({ letters: 20, headLines: 0 })
    expect([pages.line(0), pages.ends[0], pages.ends.at(-1)]).toEqual([undefined, 2, 41])
  })
  it('find a line by its id', () => expect(three().indexOf(logLine(25).id)).toBe(25))
})
