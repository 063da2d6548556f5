import { describe, expect, it } from 'vitest'
import { barsOf, piecesOf, roundTop, ticksOf } from './log-histogram.ts'
import {
  isLogFiltered,
  lineWord,
  logQuery,
  logView,
  onlyValue,
  toggledValue,
  toggledWithout,
} from './log-filter.ts'
import { jsonFields } from './log-json.ts'
import { markedParts, markerOf, plainText, rowParts, rowText } from './log-text.ts'
import { routeOf } from './routes.ts'
import { AGENT, logLine } from './testing/logs.ts'

const view = (text: string, agent?: string) => logView(new URLSearchParams(text), agent)

describe('what is looked for', () => {
  it.each([
    ['', {}],
    ['q=refused', { text: 'refused' }],
    ['q=refused+connection', { words: 'refused connection' }],
    ['q="refused+connection"', { text: 'refused connection' }],
    ['q="a"+or+"b"', { words: '"a" or "b"' }],
    ['q=refused|reset&regex=true', { regex: 'refused|reset' }],
    ['severity=error,warning,loud&sources=nginx', { severity: 'error,warning', sources: 'nginx' }],
    [`agents=${AGENT}&units=a,a,b`, { agents: AGENT, units: 'a,b' }],
  ])('%s asks for %j', (address, query) => expect(logQuery(view(address))).toEqual(query))

  it('is of one agent on its page, which is no filter', () => {
    const own = view('agents=other', AGENT)
    expect(logQuery(own)).toEqual({ agents: AGENT })
    expect([isLogFiltered(own, AGENT), isLogFiltered(view(`agents=${AGENT}`))]).toEqual([false, true])
  })
  it('names the open line with its time, and nothing else', () => {
    const line = logLine(7)
    expect(view(`line=${lineWord(line)}`).line).toEqual({ id: line.id, timeMs: line.time })
    expect(view('line=elsewhere').line).toBeUndefined()
  })
  it('changes by a press on a value', () => {
    expect(toggledValue(view('sources=a'), 'sources', 'b')).toEqual({ sources: 'a,b' })
    expect(toggledValue(view('sources=a'), 'sources', 'a')).toEqual({ sources: undefined })
  })
  it('leaves values out, and takes them back', () => {
    expect(logQuery(view('sources=a&not_sources=b,c&not_severity=debug,loud'))).toEqual({
      sources: 'a',
      not_sources: 'b,c',
      not_severity: 'debug',
    })
    expect(toggledWithout(view(''), 'sources', 'b')).toEqual({ not_sources: 'b' })
    expect(toggledWithout(view('not_sources=b'), 'sources', 'b')).toEqual({ not_sources: undefined })
    expect(toggledWithout(view('sources=a,b'), 'sources', 'b')).toEqual({ sources: 'a', not_sources: 'b' })
    expect(toggledValue(view('not_units=u,v'), 'units', 'v')).toEqual({ units: 'v', not_units: 'u' })
    expect(onlyValue('units', 'cron')).toEqual({ units: 'cron', not_units: undefined })
    expect([isLogFiltered(view('not_units=u')), isLogFiltered(view('not_agents=x', AGENT), AGENT)]).toEqual([
      true,
      false,
    ])
  })
  it('has a screen and a tab', () => {
    expect(routeOf('/logs')).toEqual({ screen: 'logs' })
    expect(routeOf('/logs/x').screen).toBe('not-found')
    expect(routeOf(`/agents/${AGENT}/logs`)).toEqual({ screen: 'agent', id: AGENT, tab: 'logs' })
  })
})

describe('messages', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link', 'link'],
    ['a\u0000b\u0007', 'a\u2400b\u2407'],
    ['one\r\ntwo\tthree', 'one\ntwo\tthree'],
  ])('%j reads %j', (message, text) => expect(plainText(message)).toBe(text))

  it('stand on one line in a row, and begin there however long they are', () => {
    expect(rowText('one\n    two\n', false)).toBe('one ↵ two')
    expect(rowText('x'.repeat(70_000), false)).toHaveLength(2_001)
  })
  it.each([
    ['refused', false, 'was REFUSED', ['was ', 'REFUSED']],
    ['a.c', false, 'abc a.c', ['abc ', 'a.c']],
    ['c ab', false, 'abc', ['ab', 'c']],
    ['"b c"', false, 'c b c', ['c ', 'b c']],
    ['"a" "b"', false, '"b":"a"', ['"b"', ':', '"a"']],
    ['err(or)?', true, 'an error', ['an ', 'error']],
    ['x*', true, 'abc', ['abc']],
  ])('%s (regular expression: %s) is found in %j', (search, regex, text, parts) =>
    expect(markedParts(text, markerOf(search, regex)).map((part) => part.text)).toEqual(parts),
  )
  it('are not marked by what could hang the page, or is another dialect', () => {
    for (const pattern of ['(a+)+$', '((a+))+$', '(a|a)*b', 'a*a*a*a*b', '(?i)x', '(\\w+)\\1'])
      expect(markerOf(pattern, true)).toBeUndefined()
  })
  it('that are JSON objects have fields, what is looked for first before the rest', () => {
    expect(jsonFields('{"took_ms":3,"msg":"placed","http":{"status":201,"tags":[1]},"none":{}}')).toEqual([
      { name: 'msg', value: 'placed' },
      { name: 'took_ms', value: '3' },
      { name: 'http.status', value: '201' },
      { name: 'http.tags', value: '[1]' },
      { name: 'none', value: '{}' },
    ])
    for (const message of ['{', '[1]', '{}', 'plain', '{"a":}']) expect(jsonFields(message)).toBeUndefined()
  })
})

describe('a JSON message in a row', () => {
  const message = '{"level":30,"time":1,"msg":"request","route":"/logs","ms":4}'
  const shown = (search: string, wrapped = false) =>
    rowParts(message, { wrapped, marker: markerOf(search, false) })
      .map(({ text, match }) => (match ? `[${text}]` : text))
      .join('')

  it('reads as what it says and its fields', () => expect(shown('')).toBe('request  route=/logs  ms=4'))
  it('is marked there', () => expect(shown('/logs')).toBe('request  route=[/logs]  ms=4'))
  it('stands as it is where its form was searched for, and where rows wrap', () => {
    expect(shown('"ms":4')).toBe('{"level":30,"time":1,"msg":"request","route":"/logs",["ms":4]}')
    expect(shown('', true)).toBe(message)
  })
})

describe('the histogram', () => {
  const body = {
    from: 1_500,
    to: 4_000,
    step: 1_000,
    times: [1_000, 2_000, 3_000],
    series: [
      { severity: 'error', counts: [null, 1, 0] },
      { severity: 'critical', counts: [null, 2, 0] },
      { severity: 'info', counts: [null, 5, 7] },
    ],
    partial: true,
  } satisfies Parameters<typeof barsOf>[0]

  it('cuts buckets to the range, sums by kind, and tells what was not counted from nothing', () => {
    expect(barsOf(body).map(({ fromMs, total, counts }) => [fromMs, total, counts.error])).toEqual([
      [1_500, null, 0],
      [2_000, 8, 3],
      [3_000, 7, 0],
    ])
  })
  it('shows one error among a million lines', () => {
    const pieces = piecesOf({ counts: { error: 1, warning: 0, other: 999_999 } }, 1_000_000)
    expect(pieces.map(({ kind, height }) => [kind, height])).toEqual([
      ['error', 0.02],
      ['other', 0.98],
    ])
  })
  it.each([
    [1, 1],
    [240, 250],
    [1_001, 1_500],
    [9_999, 10_000],
  ])('of at most %i has its top at %i', (largest, top) => expect(roundTop(largest)).toBe(top))
  it('is labelled at round times, no more than find room', () => {
    const { atMs, incrementMs } = ticksOf(Date.UTC(2026, 0, 1, 0, 7), Date.UTC(2026, 0, 1, 1, 7), 6)
    expect(incrementMs).toBe(600_000)
    expect(atMs).toHaveLength(6)
    expect(atMs.every((at) => at % 600_000 === 0)).toBe(true)
  })
})
