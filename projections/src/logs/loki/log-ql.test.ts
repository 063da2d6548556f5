import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countsOf, selectorOf } from './log-ql.ts'

test('a filter is labels, then the text, the expression and the unit', () => {
  const filter = {
    agents: ['A'],
    sources: ['a', 'b'],
    severities: [3, 4],
    text: 'x',
    regex: 'y+',
    units: ['u'],
  }
  assert.equal(
    selectorOf('main', filter),
    '{tenant="main", agent=~"A", source=~"a|b", severity=~"critical|error"} |~ "(?i)x" |~ "y+" | unit=~"u"',
  )
  assert.equal(
    selectorOf('main', { words: ['a.b', 'c'] }),
    String.raw`{tenant="main"} |~ "(?i)a\\.b" |~ "(?i)c"`,
  )
  assert.equal(
    selectorOf('main', { agents: ['A'], without: { sources: ['a', 'b'], severities: [7], units: ['u|v'] } }),
    String.raw`{tenant="main", agent=~"A", source!~"a|b", severity!~"info"} | unit!~"u\\|v"`,
  )
  assert.equal(
    countsOf(selectorOf('main', {}), 'severity', 60_000),
    'sum by (severity) (count_over_time({tenant="main"} [60000ms]))',
  )
})

test('nothing from outside ends what it stands in', () => {
  const hostile = '"} or {tenant=~".+"} |= `\\'
  const selector = selectorOf('main', { sources: [hostile], text: hostile, regex: hostile })
  const strings = selector.match(/"(?:[^"\\]|\\.)*"/g) ?? []
  assert.equal(selector.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'), '{tenant="", source=~""} |~ "" |~ ""')
  assert.equal(JSON.parse(strings[3] ?? ''), hostile)
  assert.ok(new RegExp(`^(?:${String(JSON.parse(strings[1] ?? ''))})$`, 'u').test(hostile))
})
