import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { logView } from '../shape/log-filter.ts'
import { logLine, logLines } from '../shape/testing/logs.ts'
import type { LogLine } from '../lib/api-types.ts'
import type { LogLines as Lines } from './log-lines.svelte.ts'
import type { LogSurvey as Survey } from './log-survey.svelte.ts'
import type { LogTail as Tail } from './log-tail.svelte.ts'
import { FakeSource } from './testing/fake-source.ts'
import { installBrowser, serve } from './testing/browser.ts'

let LogLines: typeof Lines
let LogTail: typeof Tail
let LogSurvey: typeof Survey
beforeAll(async () => {
  installBrowser()
  vi.stubGlobal('EventSource', FakeSource)
  LogLines = (await import('./log-lines.svelte.ts')).LogLines
  LogTail = (await import('./log-tail.svelte.ts')).LogTail
  LogSurvey = (await import('./log-survey.svelte.ts')).LogSurvey
})

const HOUR = { kind: 'last', durationMs: 3_600_000 } as const
const view = (text = '') => logView(new URLSearchParams(text))
type Answer = { lines: LogLine[]; next?: string | null; partial?: boolean }
const page = ({ lines, next = null, partial = false }: Answer) => ({
  lines,
  next,
  partial,
  from: 1_000,
  to: 3_601_000,
})

describe('lines of a range', () => {
  it('are asked up to now by the server’s clock, then on within the same bounds', async () => {
    const asked = serve(({ path }) =>
      path.includes('cursor=P2')
        ? page({ lines: logLines(2, 4) })
        : page({ lines: logLines(0, 2), next: 'P2' }),
    )
    const lines = new LogLines()
    lines.show(view('q=x'), HOUR)
    await vi.waitFor(() => expect(lines.count).toBe(2))
    lines.ensure(0, 2)
    await vi.waitFor(() => expect(lines.count).toBe(4))
    expect([lines.hasMore, lines.line(3)?.message]).toEqual([false, 'line 3'])
    expect(asked.map(({ path }) => path)).toEqual([
      '/logs?from=-3600000&text=x&order=newest&limit=200',
      '/logs?from=1000&to=3601000&text=x&order=newest&limit=1000&cursor=P2',
    ])
  })
  it('search on by themselves when time was up, and after some times only when told', async () => {
    let answers = 0
    serve(() => page({ lines: [], next: `P${(answers += 1)}`, partial: true }))
    const lines = new LogLines()
    lines.show(view(), HOUR)
    await vi.waitFor(() => expect(lines.stalled).toBe(true))
    expect(answers).toBe(5)
    lines.more()
    await vi.waitFor(() => expect(answers).toBe(10))
  })
  it('stay, outdated, until another question is answered, and when one fails', async () => {
    serve(() => page({ lines: logLines(0, 3) }))
    const lines = new LogLines()
    lines.show(view(), HOUR)
    await vi.waitFor(() => expect(lines.count).toBe(3))
    serve(() => ({ error: 'invalid request', code: 400, detail: 'brackets [] not balanced' }))
    lines.show(view('q=[&regex=true'), HOUR)
    expect([lines.outdated, lines.count]).toEqual([true, 3])
    await vi.waitFor(() => expect(lines.failure?.detail).toBe('brackets [] not balanced'))
    expect(lines.count).toBe(3)
  })
  it('that were let go are read again when they come into view', async () => {
    const asked = serve(({ path }) => {
      const first = Number(/cursor=(\d+)/.exec(path)?.[1] ?? 0)
      return page({ lines: logLines(first, first + 200), next: first < 2_000 ? `${first + 200}` : null })
    })
    const lines = new LogLines(100_000)
    lines.show(view(), HOUR)
    await vi.waitFor(() => expect(lines.count).toBeGreaterThan(0))
    while (lines.hasMore) {
      const before = lines.count
      lines.ensure(before - 20, before)
      await vi.waitFor(() => expect(lines.count).toBeGreaterThan(before))
    }
    lines.ensure(2_180, 2_200)
    expect(lines.line(0)).toBeUndefined()
    const before = asked.length
    lines.ensure(0, 20)
    await vi.waitFor(() => expect(lines.line(0)?.message).toBe('line 0'))
    expect([lines.count, asked.length - before]).toEqual([2_200, 1])
  })
})

describe('lines that are followed', () => {
  let tail: Tail
  beforeEach(() => {
    serve(({ path }) => page({ lines: path.includes('limit=200') ? [logLine(1), logLine(0)] : [] }))
    tail = new LogTail()
    tail.follow(view())
    FakeSource.last?.open()
  })
  const shown = (): string[] => Array.from({ length: tail.count }, (_, i) => tail.line(i)?.message ?? '')
  const say = (lines: LogLine[], skipped = 0): void => FakeSource.last?.say('lines', { lines, skipped })

  it('come above those that were there, each once', async () => {
    await vi.waitFor(() => expect(tail.answered).toBe(true))
    say([logLine(1), logLine(2)], 3)
    expect([shown(), tail.skipped, tail.state]).toEqual([['line 2', 'line 1', 'line 0'], 3, 'live'])
  })
  it('wait, counted, while the viewer reads, and are bounded', async () => {
    await vi.waitFor(() => expect(tail.answered).toBe(true))
    tail.held = true
    say(logLines(2, 6_002))
    expect([tail.state, tail.count, tail.waiting]).toEqual(['paused', 2, 5_000])
    tail.held = false
    expect([tail.count, tail.waiting, tail.line(0)?.message]).toEqual([5_000, 0, 'line 6001'])
  })
  it('are read where a connection was lost, and it is said when that was too long', async () => {
    await vi.waitFor(() => expect(tail.answered).toBe(true))
    vi.useFakeTimers()
    FakeSource.last?.fail()
    expect(tail.state).toBe('disconnected')
    vi.advanceTimersByTime(2_000)
    vi.useRealTimers()
    serve(() => page({ lines: [logLine(9), logLine(8)], next: 'P2' }))
    FakeSource.last?.open()
    await vi.waitFor(() => expect(shown()).toEqual(['line 9', 'line 8', 'line 1', 'line 0']))
    expect([tail.missed, tail.state]).toEqual([true, 'live'])
    tail.stop()
  })
})

it('counts the values of a facet as if none of it were chosen', async () => {
  const asked = serve(({ path }) => {
    const one = { agents: [], units: [], severities: [], counted_from: 0, from: 0, to: 1, partial: false }
    const values = path.includes('sources=') ? ['a'] : ['a', 'b']
    return { ...one, sources: values.map((value) => ({ value, count: 1 })), step: 1, times: [], series: [] }
  })
  const survey = new LogSurvey(['sources', 'units'])
  survey.show(view('sources=a'), HOUR)
  await vi.waitFor(() => expect(survey.facets.value?.sources.map(({ value }) => value)).toEqual(['a', 'b']))
  expect(asked).toHaveLength(3)
})
