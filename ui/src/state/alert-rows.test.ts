import { beforeAll, describe, expect, it, vi } from 'vitest'
import { alertView } from '../shape/alert-filter.ts'
import { alertRow } from '../shape/testing/alerts.ts'
import type { AlertRows as Rows } from './alert-rows.svelte.ts'
import { installBrowser, serve } from './testing/browser.ts'

let AlertRows: typeof Rows
beforeAll(async () => {
  installBrowser()
  AlertRows = (await import('./alert-rows.svelte.ts')).AlertRows
})

const view = (text: string) => alertView(new URLSearchParams(text))
const COUNTS = {
  pending: 0, firing: 2, acknowledged: 0, muted: 0, open: 2, by_severity: { info: 0, warning: 2, critical: 0 },
} // prettier-ignore

describe('the rows of the alert list', () => {
  it('reads page after page and shows no row twice', async () => {
    const pages = [
      { total: 3, counts: COUNTS, alerts: ['a', 'b'].map((id) => alertRow({ id })), next: 'P2', as_of: 1 },
      { total: 3, counts: COUNTS, alerts: ['b', 'c'].map((id) => alertRow({ id })), next: null, as_of: 1 },
    ]
    const asked = serve(({ path }) => (path.includes('after=P2') ? pages[1] : pages[0]))
    const rows = new AlertRows()
    rows.show(view(''))
    await vi.waitFor(() => expect(rows.rows).toHaveLength(2))
    expect([rows.hasMore, rows.counts?.open]).toEqual([true, 2])
    rows.more()
    await vi.waitFor(() => expect(rows.rows?.map(({ id }) => id)).toEqual(['a', 'b', 'c']))
    expect(rows.hasMore).toBe(false)
    expect(asked.map(({ path }) => path)).toEqual([
      '/alerts?state=firing&sort=worst&limit=100',
      '/alerts?state=firing&sort=worst&limit=100&after=P2',
    ])
  })
  it('keeps the old rows, outdated, until the new answer is there', async () => {
    serve(() => ({ total: 1, counts: COUNTS, alerts: [alertRow()], next: null, as_of: 1 }))
    const rows = new AlertRows()
    rows.show(view(''))
    await vi.waitFor(() => expect(rows.rows).toHaveLength(1))
    rows.show(view('severity=info'))
    expect([rows.outdated, rows.rows?.length]).toEqual([true, 1])
    await vi.waitFor(() => expect(rows.outdated).toBe(false))
  })
  it('keeps what it has when a later read fails, and says why', async () => {
    let down = false
    serve(() =>
      down
        ? { error: 'the service cannot answer now', code: 503 }
        : { total: 1, counts: COUNTS, alerts: [alertRow()], next: null, as_of: 1 },
    )
    const rows = new AlertRows()
    rows.show(view(''))
    await vi.waitFor(() => expect(rows.rows).toHaveLength(1))
    down = true
    rows.refresh()
    await vi.waitFor(() => expect(rows.failure?.status).toBe(503))
    expect(rows.rows).toHaveLength(1)
  })
})
