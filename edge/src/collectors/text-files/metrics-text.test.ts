// The text format: what a line means, and that no text at all can break or delay the reader.

import {
  isCustomLabels,
  isCustomName,
  isCustomValue,
  MAX_CUSTOM_VALUE,
} from '@secumon/contracts/custom-metrics'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readMetricsText, type TextLine } from './metrics-text.ts'

const read = (text: string): TextLine[] => [...readMetricsText(text)]
const only = (line: string) => {
  const [found, ...others] = read(`${line}\n`)
  assert.deepEqual(others, [])
  return found
}
const sampleOf = (line: string) => {
  const found = only(line)
  return found && 'sample' in found ? found.sample : found?.fault
}
const level = (metric: string, value: number, labels = '') => ({ metric, isCounter: false, labels, value })

test('a line is a name, labels sorted by name, and a number', () => {
  const cases: [string, ReturnType<typeof level>][] = [
    ['up 1', level('up', 1)],
    ['\t up \t 1 \r', level('up', 1)],
    ['job:up:sum -1.5e-3', level('job:up:sum', -0.0015)],
    ['up{} +.5', level('up', 0.5)],
    ['up{b="2",a="1"} 7.', level('up', 7, 'a="1",b="2"')],
    ['up { b = "2" , a="1" , }7', level('up', 7, 'a="1",b="2"')],
    ['up{path="C:\\\\x",say="\\"hi\\"\\n"} 7', level('up', 7, 'path="C:\\\\x",say="\\"hi\\"\\n"')],
    ['up{brace="}",hash="#"} 7', level('up', 7, 'brace="}",hash="#"')],
    ['up{none="",a="é"} 7', level('up', 7, 'a="é"')],
  ]
  for (const [line, sample] of cases) assert.deepEqual(sampleOf(line), sample, line)
})

test('what is no sample is told by its line, and the lines around it stay', () => {
  const text = 'good 1\n\n# about nothing\nbad-name 1\ngood{a="1"} 2\n'
  assert.deepEqual(read(text), [
    { line: 1, sample: level('good', 1) },
    { line: 4, fault: 'no metric name of a-z, A-Z, 0-9, _ and :' },
    { line: 5, sample: level('good', 2, 'a="1"') },
  ])
})

test('NaN says that there is no value now', () => {
  assert.deepEqual(read('up NaN\nup 1\n'), [{ line: 2, sample: level('up', 1) }])
})

test('each fault is said', () => {
  const cases: [string, RegExp][] = [
    ['1up 1', /metric name/],
    ['my.metric 1', /metric name/],
    ['{a="1"} 1', /metric name/],
    ['up', /metric name/],
    [`${'u'.repeat(201)} 1`, /more than 200/],
    ['up{a=1} 1', /labels/],
    ['up{a="1" b="2"} 1', /labels/],
    ['up{a="1"', /labels/],
    ['up{a="1', /labels/],
    ['up{a="\\', /labels/],
    ['up{a="\\t"} 1', /labels/],
    ['up{a="\0"} 1', /labels/],
    ['up{,} 1', /labels/],
    ['up{a:b="1"} 1', /labels/],
    ['up{__name__="x"} 1', /labels/],
    ['up{a="1",b="2",a="1"} 1', /twice/],
    [`up{a="${'x'.repeat(1_021)}"} 1`, /more than 1024/],
    [`up{a="${'é'.repeat(511)}"} 1`, /more than 1024/],
    [`up{${Array.from({ length: 65 }, (_, i) => `a${i}="1"`).join()}} 1`, /more than 64/],
    ['up ', /no number/],
    ['up one', /no number/],
    ['up 1e', /no number/],
    ['up 0x10', /no number/],
    ['up 1_000', /no number/],
    ['up +Inf', /not finite/],
    ['up -Inf', /not finite/],
    ['up 1e999', /not finite/],
    ['up -1e141', /beyond 1e\+140/],
    ['up 1 1395066363000', /timestamp/],
    ['# TYPE up guage', /TYPE/],
    ['# TYPE up', /TYPE/],
    ['# TYPE  1up gauge', /metric name/],
  ]
  for (const [line, fault] of cases) {
    const said = sampleOf(line)
    assert.ok(typeof said === 'string' && fault.test(said), line.slice(0, 60))
  }
  assert.equal(typeof sampleOf(`up{a="${'x'.repeat(1_020)}"} 1`), 'object', 'as long as labels may be')
})

test('a last line that has no end is left out: the file may be half written', () => {
  assert.deepEqual(read('a 1\nb 12'), [
    { line: 1, sample: level('a', 1) },
    { line: 2, fault: 'no line feed at its end, so it may be half written' },
  ])
})

test('counters are what their type says, and what counts within histograms and summaries', () => {
  const text = `# HELP asked_total Requests.
# TYPE asked_total counter
asked_total 1
# TYPE room gauge
room 1
# TYPE took histogram
took_bucket{le="+Inf"} 1
took_sum 1
took_count 1
# TYPE size summary
size{quantile="0.5"} 1
size_sum 1
size_count 1
size_bucket 1
# TYPE other untyped
other_total 1
other 1
`
  const counters = read(text).flatMap((line) =>
    'sample' in line && line.sample.isCounter ? line.sample.metric : [],
  )
  assert.deepEqual(counters, [
    'asked_total',
    'took_bucket',
    'took_sum',
    'took_count',
    'size_sum',
    'size_count',
  ])
})

test('a type holds from its line on and once; a counter is never below zero', () => {
  const faults = (text: string) => read(text).flatMap((line) => ('fault' in line ? [line] : []))
  const twice = '# TYPE a counter\na 1\n# TYPE a gauge\n'
  assert.deepEqual(faults(twice), [{ line: 3, fault: 'a TYPE that comes twice, or after its values' }])
  assert.equal(faults('a 1\n# TYPE a counter\n').length, 1)
  assert.deepEqual(faults('# TYPE a counter\na -1\n'), [{ line: 2, fault: 'a counter below zero' }])
})

const escaped = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

test('whatever stands in labels comes back as it was, sorted', () => {
  const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,9}$/)
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '}', '=', ',', 'é') }),
  )
  const number = fc
    .double({ noNaN: true, min: -MAX_CUSTOM_VALUE, max: MAX_CUSTOM_VALUE })
    .map((any) => any + 0)
  fc.assert(
    fc.property(
      fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }),
      number,
      (labels, amount) => {
        const pairs = Object.entries(labels).map(([key, each]) => `${key}="${escaped(each)}"`)
        const kept = Object.entries(labels)
          .filter(([, each]) => each !== '')
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, each]) => `${key}="${escaped(each)}"`)
        fc.pre(isCustomLabels(kept.join(',')))
        const found = sampleOf(`up{${pairs.join(',')}} ${amount}`)
        assert.deepEqual(found, level('up', amount, kept.join(',')))
      },
    ),
    { numRuns: 60 },
  )
})

test('no text breaks the reader, and what it gives can be stored', () => {
  const pieces = fc.constantFrom(
    '# TYPE ',
    'a',
    'b_total',
    ' counter',
    '{',
    '}',
    'l="',
    '"',
    '\\',
    ',',
    ' 1',
    '\n',
  )
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
  )
  const isSound = (line: TextLine) =>
    'fault' in line ||
    (isCustomName(line.sample.metric) &&
      isCustomLabels(line.sample.labels) &&
      isCustomValue(line.sample.value))
  fc.assert(
    fc.property(text, (any) => read(any).every(isSound)),
    { numRuns: 200 },
  )
})

test('the longest lines are read in one go', { timeout: 10_000 }, () => {
  for (const piece of ['a', ' ', '1', '\\"', 'a="",']) {
    const line = piece.repeat(Math.floor(2 ** 17 / piece.length))
    assert.equal(typeof sampleOf(`a{b="${line}`), 'string')
    assert.equal(typeof sampleOf(`a ${line}`), 'string')
  }
})
