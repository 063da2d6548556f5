import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { metricPanel } from '../charts/metric-panel.ts'
import type { Panel } from '../charts/panels.ts'
import type { SeriesBoard as Board } from './series-board.svelte.ts'
import { installBrowser, serve, type Asked } from './testing/browser.ts'

let SeriesBoard: typeof Board
beforeAll(async () => {
  vi.useFakeTimers()
  installBrowser()
  SeriesBoard = (await import('./series-board.svelte.ts')).SeriesBoard
})

const panelOf = (key: string, only?: string): Panel => {
  const panel = metricPanel(key, { only })
  if (!panel) throw new Error(`no panel of ${key}`)
  return panel
}
const asking = ({ path }: Asked) => new URL(path, 'http://localhost').searchParams

describe('the panels of an agent', () => {
  let asked: Asked[] = []
  let board: Board
  beforeEach(() => {
    asked = serve(({ path }) => {
      const keys = asking({ path, method: '', body: undefined }).get('keys')?.split(',') ?? []
      const series = keys.map((key) => ({ key, unit: 'count', aggregation: 'avg', name: null, values: [1] }))
      return { from: 0, to: 1, step: 60_000, source: 'metrics', times: [Date.now()], series }
    })
    board = new SeriesBoard('A')
    board.show({ kind: 'last', durationMs: 3_600_000 }, 10_000)
  })
  const keysNext = async (): Promise<(string | null)[]> => {
    asked.length = 0
    await vi.advanceTimersByTimeAsync(20)
    return asked.map((each) => asking(each).get('keys'))
  }

  it('stay in view when a row takes them over from another that lets go of them afterwards', async () => {
    const leave = board.see(panelOf('custom.b'))
    board.see(panelOf('custom.b'))
    leave()
    await keysNext()
    vi.advanceTimersByTime(60_000)
    board.arrived()
    expect(await keysNext()).toEqual(['custom.b'])
  })
  it('that left are no longer read', async () => {
    board.see(panelOf('custom.a'))()
    await keysNext()
    vi.advanceTimersByTime(60_000)
    board.arrived()
    expect(await keysNext()).toEqual([])
  })
  it('ask for one value of a dimension apart from those that ask for all', async () => {
    board.see(panelOf('disk.usage_percent'))
    board.see(panelOf('disk.usage_percent', '/srv'))
    board.see(panelOf('custom.a', ''))
    board.see(panelOf('cpu.usage_percent', 'ignored'))
    expect(await keysNext()).toEqual([
      'disk.usage_percent,cpu.usage_percent',
      'disk.usage_percent',
      'custom.a',
    ])
    expect(asked.map((each) => asking(each).get('dimension'))).toEqual([null, '/srv', ''])
  })
})
