// The samples of one series in the last so many milliseconds, in 60 slices: a window of up to 60 samples is exact, of a
// longer one each slice holds what its samples come to, and the oldest sixtieth is forgotten at once.

import { Aggregation } from '@secumon/contracts/gen/rule'
import { lineThrough, type Point } from './line.ts'
import type { Slice, Slices } from './slices.ts'

export const WINDOW_SLICES = 60
/** A window is judged when its samples cover this share of it; a line needs so many of them as well. */
const COVERED_SHARE = 0.5
const MIN_LINE_POINTS = 5

export type WindowShape = {
  readonly windowMs: number
  readonly aggregation: Aggregation | 'forecast'
  /** Of a forecast. */
  readonly horizonMs: number
}

/** Samples without which a window says nothing. One is in every window. */
function fewestSamples(aggregation: WindowShape['aggregation']): number {
  if (aggregation === 'forecast') return MIN_LINE_POINTS
  return aggregation === Aggregation.RATE ? 2 : 0
}

/**
 * The window as it is for samples that come so seldom: where it is too short to ever hold the fewest that it needs, it is as
 * long as those take.
 */
export function widened(shape: WindowShape, periodMs: number): WindowShape {
  const { aggregation, horizonMs } = shape
  const neededMs = fewestSamples(aggregation) * periodMs
  return neededMs > shape.windowMs ? { aggregation, horizonMs, windowMs: neededMs } : shape
}

/** Takes a sample. One that is older than the newest means that a clock was put right: what was there is forgotten. */
export function addSample(slices: Slices, { windowMs, aggregation }: WindowShape, sample: Slice): void {
  const newestMs = slices.atMs(slices.size - 1)
  if (sample.atMs < newestMs) slices.clear()
  slices.forget(sample.atMs - windowMs)
  const sliceMs = windowMs / WINDOW_SLICES
  const isSame = slices.size > 0 && Math.floor(newestMs / sliceMs) === Math.floor(sample.atMs / sliceMs)
  if (isSame) slices.replaceNewest(merged(newestSlice(slices), sample, aggregation))
  else slices.push(sample)
}

/**
 * What the window comes to; undefined when there is too little of it.
 * @param periodMs the time between two samples
 */
export function windowValue(slices: Slices, shape: WindowShape, periodMs: number): number | undefined {
  const { size } = slices
  if (size === 0) return undefined
  const spanMs = slices.atMs(size - 1) - slices.atMs(0)
  if (spanMs + periodMs < shape.windowMs * COVERED_SHARE) return undefined
  switch (shape.aggregation) {
    case Aggregation.AVG:
      return average(slices)
    case Aggregation.MAX:
      return reduced(slices, Math.max)
    case Aggregation.MIN:
      return reduced(slices, Math.min)
    case Aggregation.RATE:
      return spanMs > 0 ? ((slices.value(size - 1) - slices.value(0)) * 1000) / spanMs : undefined
    case 'forecast':
      if (size < MIN_LINE_POINTS) return undefined
      return lineThrough(points(slices, shape)).at(slices.atMs(size - 1) + shape.horizonMs)
    default:
      return undefined
  }
}

/** Oldest first, as a chart shows them. */
export const points = (slices: Slices, { aggregation }: WindowShape): Point[] =>
  Array.from({ length: slices.size }, (_, i) => {
    const value = slices.value(i)
    return { atMs: slices.atMs(i), value: aggregation === Aggregation.AVG ? value / slices.weight(i) : value }
  })

// Sums of an average; the extreme; the mean of a forecast; else the newest.
function merged(held: Slice, sample: Slice, aggregation: WindowShape['aggregation']): Slice {
  switch (aggregation) {
    case Aggregation.AVG:
      return { ...sample, value: held.value + sample.value, weight: held.weight + sample.weight }
    case Aggregation.MAX:
      return sample.value >= held.value ? sample : held
    case Aggregation.MIN:
      return sample.value <= held.value ? sample : held
    case 'forecast':
      return meanOf(held, sample)
    default:
      return sample
  }
}

function meanOf(held: Slice, sample: Slice): Slice {
  const weight = held.weight + 1
  const atMs = held.atMs + (sample.atMs - held.atMs) / weight
  return { atMs, value: held.value + (sample.value - held.value) / weight, weight }
}

const newestSlice = (slices: Slices): Slice => {
  const i = slices.size - 1
  return { atMs: slices.atMs(i), value: slices.value(i), weight: slices.weight(i) }
}

function average(slices: Slices): number {
  let [sum, weight] = [0, 0]
  for (let i = 0; i < slices.size; i++) {
    sum += slices.value(i)
    weight += slices.weight(i)
  }
  return sum / weight
}

function reduced(slices: Slices, choose: (a: number, b: number) => number): number {
  let chosen = slices.value(0)
  for (let i = 1; i < slices.size; i++) chosen = choose(chosen, slices.value(i))
  return chosen
}
