// What a host measures, as a script says it: `cpu=96`, `disk[/var]=70+2/h`, `cpu=-`, `cpu=96@-30m`.

import { metricOf, type Metric } from '@secumon/contracts/metrics'
import { parseDuration } from '../duration.ts'
import { TimelineFault } from './fault.ts'
import type { Ago, InputOf, Level, Measurement } from './input.ts'
import type { Reader } from './reader.ts'
import type { Word } from './words.ts'

/** Short names of what scripts are mostly about. */
const SHORT: Readonly<Record<string, string>> = {
  cpu: 'cpu.usage_percent',
  load: 'cpu.load_avg_5',
  memory: 'memory.usage_percent',
  swap: 'swap.usage_percent',
  disk: 'disk.usage_percent',
}
const ASSIGNMENT = /^(?<name>[a-z][a-z0-9_.]*)(?:\[(?<dimension>[^\]]*)\])?=(?<level>[^@]+?)(?:@(?<ago>.+))?$/
const LEVEL = /^(?<value>-?\d+(?:\.\d+)?(?:e\d+)?)(?:(?<slope>[+-]\d+(?:\.\d+)?)\/(?<unit>[a-z]+))?$/
const NOT_MEASURED = '-'

/** True for a word that may say what is measured. */
export const isAssignment = ({ text, quoted }: Word): boolean => !quoted && text.includes('=')

/** @throws TimelineFault */
export function parseMeasure(words: Reader, host: Word | undefined): InputOf<'measure'> {
  const read = words.takeWhile(isAssignment).map(assignmentOf)
  const agos = read.flatMap(({ ago }) => ago ?? [])
  const [ago] = agos
  const [first] = read
  if (first && ago && agos.length !== read.length)
    throw new TimelineFault('either all of it was measured earlier, or nothing', first.word)
  return { kind: 'measure', host, measurements: read, ago }
}

type Assignment = Measurement & { readonly word: Word; readonly ago: Ago | undefined }

function assignmentOf(word: Word): Assignment {
  const groups = ASSIGNMENT.exec(word.text)?.groups
  if (!groups) throw new TimelineFault(`not a measurement: ${word.text}; say cpu=96 or disk[/]=91`, word)
  const { name = '', dimension, level = '', ago } = groups
  const metric = metricNamed(name, word)
  if ((metric.dimension === undefined) !== (dimension === undefined))
    throw new TimelineFault(
      metric.dimension ? `say of which ${metric.dimension}: ${name}[…]=` : `${name} is one value per host`,
      word,
    )
  return {
    word,
    metric,
    dimension: dimension ?? '',
    level: levelOf(level, word),
    ago: ago === undefined ? undefined : agoOf(ago, word),
  }
}

function metricNamed(name: string, word: Word): Metric {
  const metric = metricOf(SHORT[name] ?? name)
  if (metric) return metric
  throw new TimelineFault(
    `there is no metric ${name}; short names are ${Object.keys(SHORT).join(', ')}`,
    word,
  )
}

function levelOf(text: string, word: Word): Level | undefined {
  if (text === NOT_MEASURED) return undefined
  const groups = LEVEL.exec(text)?.groups
  const unitMs = groups?.['unit'] === undefined ? 1 : parseDuration(`1${groups['unit']}`)
  if (!groups || unitMs === undefined)
    throw new TimelineFault(`not a value: ${text}; say 96, 70+2/h (it rises by 2 an hour) or -`, word)
  return { value: Number(groups['value']), perMs: Number(groups['slope'] ?? 0) / unitMs }
}

function agoOf(text: string, word: Word): Ago {
  const [fromMs, untilMs, ...more] = text
    .split('..')
    .map((each) => (each.startsWith('-') ? parseDuration(each.slice(1)) : undefined))
  if (fromMs === undefined || more.length > 0 || (text.includes('..') && untilMs === undefined))
    throw new TimelineFault(`not a time before now: ${text}; say @-30m or @-30m..-10m`, word)
  if (untilMs !== undefined && untilMs > fromMs) throw new TimelineFault('it ends before it begins', word)
  return { fromMs, untilMs: untilMs ?? fromMs }
}
