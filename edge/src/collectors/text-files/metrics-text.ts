// The text format in which programs publish metrics, line by line: what can be read is a sample, what cannot is a fault
// that names the line and never what it says. In time linear in the text, whatever the text is. Parsers that are to be had
// refuse a file for one line, quote that line, and take names and numbers as they come.
// Source: Prometheus, "Exposition formats", text format 0.0.4; but no timestamps.

import {
  isCustomLabels,
  isCustomValue,
  MAX_CUSTOM_NAME_LENGTH,
  MAX_CUSTOM_VALUE,
  MAX_LABELS_BYTES,
} from '@secumon/contracts/custom-metrics'

const MAX_LABELS = 64
/** Metrics that one text may give a type. */
const MAX_TYPES = 2_000

export type TextSample = {
  readonly metric: string
  readonly isCounter: boolean
  /** Sorted by name, escaped, without labels that are empty: they mean the same as none. */
  readonly labels: string
  readonly value: number
}

/** What one line, counted from 1, says. A line that is left out has a fault. */
export type TextLine = { readonly line: number } & (
  { readonly sample: TextSample } | { readonly fault: string }
)

/** The lines that are a sample or a fault, as they are asked for. */
export function* readMetricsText(text: string): Generator<TextLine> {
  const types: Types = new Map()
  for (let line = 1, start = 0; start < text.length; line++) {
    const end = text.indexOf('\n', start)
    const found = end < 0 ? FAULTS.end : readLine({ line: text.slice(start, end), at: 0 }, types)
    if (typeof found === 'string') yield { line, fault: found }
    else if (found) yield { line, sample: found }
    if (end < 0) return
    start = end + 1
  }
}

const FAULTS = {
  end: 'no line feed at its end, so it may be half written',
  name: 'no metric name of a-z, A-Z, 0-9, _ and :',
  longName: `a name of more than ${MAX_CUSTOM_NAME_LENGTH} characters`,
  labels: 'labels that cannot be read',
  repeated: 'a label that is there twice',
  longLabels: `labels of more than ${MAX_LABELS_BYTES} bytes, or more than ${MAX_LABELS}`,
  value: 'no number as its value',
  notFinite: 'a value that is not finite',
  large: `a value beyond ${MAX_CUSTOM_VALUE}`,
  negative: 'a counter below zero',
  timestamp: 'a timestamp, which cannot be taken',
  type: 'a TYPE that is none of counter, gauge, histogram, summary, untyped',
  lateType: 'a TYPE that comes twice, or after its values',
  types: `a TYPE beyond the first ${MAX_TYPES}`,
} as const

const KINDS = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const
type Kind = (typeof KINDS)[number]
/** By metric; a metric that was seen before any type is untyped. */
type Types = Map<string, Kind>
type Cursor = { readonly line: string; at: number }

// One character class each: nothing that could go back over what it has read.
const BLANKS = /[ \t\r]*/y
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y
const TOKEN = /[^ \t\r]+/y
const UNESCAPED = /[^"\\]*/y
const DECIMAL = /^[0-9+\-.eE]+$/
const NOT_DECIMAL: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.line)?.[0] ?? ''
  cursor.at += found.length
  return found
}

const next = ({ line, at }: Cursor): string => line.charAt(at)

/** A sample, why there is none, or nothing: the line is empty, a comment, or says that there is no value. */
function readLine(cursor: Cursor, types: Types): TextSample | string | undefined {
  take(cursor, BLANKS)
  if (next(cursor) === '') return undefined
  return next(cursor) === '#' ? readComment(cursor, types) : readSample(cursor, types)
}

function readComment(cursor: Cursor, types: Types): string | undefined {
  cursor.at++
  take(cursor, BLANKS)
  if (take(cursor, TOKEN) !== 'TYPE') return undefined
  take(cursor, BLANKS)
  const metric = take(cursor, NAME)
  take(cursor, BLANKS)
  const kind = KINDS.find((each) => each === cursor.line.slice(cursor.at).trimEnd())
  if (metric === '') return FAULTS.name
  if (!kind) return FAULTS.type
  if (types.has(metric)) return FAULTS.lateType
  if (types.size >= MAX_TYPES) return FAULTS.types
  types.set(metric, kind)
  return undefined
}

function readSample(cursor: Cursor, types: Types): TextSample | string | undefined {
  const metric = take(cursor, NAME)
  if (metric === '' || !/[ \t{]/.test(next(cursor))) return FAULTS.name
  if (metric.length > MAX_CUSTOM_NAME_LENGTH) return FAULTS.longName
  take(cursor, BLANKS)
  const pairs = readLabels(cursor)
  if (typeof pairs === 'string') return pairs
  const labels = canonical(pairs)
  if (!isCustomLabels(labels)) return FAULTS.longLabels
  take(cursor, BLANKS)
  const value = numberOf(take(cursor, TOKEN))
  take(cursor, BLANKS)
  const isCounter = counts(metric, types)
  if (value === undefined) return FAULTS.value
  if (next(cursor) !== '') return FAULTS.timestamp
  // So programs say that there is no value now, of a summary without events, say.
  if (Number.isNaN(value)) return undefined
  if (!Number.isFinite(value)) return FAULTS.notFinite
  if (!isCustomValue(value)) return FAULTS.large
  return isCounter && value < 0 ? FAULTS.negative : { metric, isCounter, labels, value }
}

/** Buckets, sums and counts of histograms count, too, and so do sums and counts of summaries. */
function counts(metric: string, types: Types): boolean {
  const kind = types.get(metric)
  if (kind) return kind === 'counter'
  const suffix = /_(?:bucket|sum|count)$/.exec(metric)?.[0] ?? ''
  const family = suffix && types.get(metric.slice(0, -suffix.length))
  if (family === 'histogram' || (family === 'summary' && suffix !== '_bucket')) return true
  if (types.size < MAX_TYPES) types.set(metric, 'untyped')
  return false
}

type Label = readonly [name: string, value: string]

function readLabels(cursor: Cursor): Label[] | string {
  const labels: Label[] = []
  if (next(cursor) !== '{') return labels
  do {
    cursor.at++
    take(cursor, BLANKS)
    if (next(cursor) === '}') break
    const label = readLabel(cursor)
    if (!label) return FAULTS.labels
    if (labels.length >= MAX_LABELS) return FAULTS.longLabels
    if (labels.some(([name]) => name === label[0])) return FAULTS.repeated
    labels.push(label)
    take(cursor, BLANKS)
  } while (next(cursor) === ',')
  if (next(cursor) !== '}') return FAULTS.labels
  cursor.at++
  return labels
}

function readLabel(cursor: Cursor): Label | undefined {
  const name = take(cursor, LABEL_NAME)
  take(cursor, BLANKS)
  if (name === '' || name === '__name__' || next(cursor) !== '=') return undefined
  cursor.at++
  take(cursor, BLANKS)
  if (next(cursor) !== '"') return undefined
  cursor.at++
  const value = readQuoted(cursor)
  return value === undefined ? undefined : [name, value]
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n' }

/** The rest of a quoted value and its closing quote; undefined when it does not end or cannot be stored. */
function readQuoted(cursor: Cursor): string | undefined {
  let value = ''
  for (;;) {
    value += take(cursor, UNESCAPED)
    const ending = next(cursor)
    cursor.at++
    if (ending === '"') return value.includes('\0') ? undefined : value
    const escaped = ESCAPED[next(cursor)]
    if (escaped === undefined) return undefined
    value += escaped
    cursor.at++
  }
}

const canonical = (labels: readonly Label[]): string =>
  labels
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')

const escape = (value: string): string =>
  value.replaceAll(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))

/** Undefined when it is no number; NaN and the infinities are. */
function numberOf(token: string): number | undefined {
  const named = NOT_DECIMAL[token.toLowerCase()]
  if (named !== undefined || !DECIMAL.test(token)) return named
  const value = Number(token)
  return Number.isNaN(value) ? undefined : value
}
