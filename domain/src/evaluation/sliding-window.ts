// The samples of one series in the last so many milliseconds, in at most 60 slices: a window of up to 60 samples is exact,
// a longer one forgets its oldest sixtieth at once. A slice is three numbers, so that 200,000 windows fit in memory.

import { Aggregation } from '@secumon/contracts/gen/rule'
import { lineThrough } from './line.ts'

export const WINDOW_SLICES = 60
/** Numbers of a slice: its time, its value or sum, and what that is of: samples, or milliseconds of a delta. */
const WIDTH = 3
const FIRST_CAPACITY = 4

export type WindowShape = {
  readonly windowMs: number
  readonly aggregation: Aggregation | 'forecast'
  /** Values are amounts over an interval; what is judged is their rate per second. */
  readonly isDelta: boolean
}

export type WindowSample = { readonly atMs: number; readonly value: number; readonly intervalMs: number }

export type WindowPoint = { readonly atMs: number; readonly value: number }

/** Takes samples in order of time. Which window it is for is told with each call: that is the rule's, not the series'. */
export class SlidingWindow {
  #slices: Float64Array
  #first = 0
  #count = 0

  constructor(slices: readonly number[] = []) {
    this.#slices = Float64Array.from(slices)
    this.#count = slices.length / WIDTH
  }

  /** Time of the oldest and of the newest slice; NaN when there is none. */
  get oldestMs(): number {
    return this.#count === 0 ? NaN : this.#at(0, 0)
  }

  get newestMs(): number {
    return this.#count === 0 ? NaN : this.#at(this.#count - 1, 0)
  }

  get size(): number {
    return this.#count
  }

  add(shape: WindowShape, sample: WindowSample): void {
    this.#forget(sample.atMs - shape.windowMs)
    const sliceMs = shape.windowMs / WINDOW_SLICES
    const isNew =
      this.#count === 0 || Math.floor(this.newestMs / sliceMs) !== Math.floor(sample.atMs / sliceMs)
    if (isNew) this.#push(shape, sample)
    else this.#merge(shape, sample)
  }

  /** Undefined when it cannot be told from what there is. */
  aggregate({ aggregation, isDelta }: WindowShape): number | undefined {
    if (this.#count === 0) return undefined
    switch (aggregation) {
      case Aggregation.MAX:
        return this.#reduce((most, value) => Math.max(most, value), -Infinity)
      case Aggregation.MIN:
        return this.#reduce((least, value) => Math.min(least, value), Infinity)
      case Aggregation.RATE:
        return this.#slope()
      case Aggregation.AVG:
        return (this.#sum(1) / this.#sum(2)) * (isDelta ? 1000 : 1)
      default:
        return undefined
    }
  }

  /** Where the straight line through the samples is so long after the newest one. */
  forecast(afterMs: number): number {
    const line = lineThrough(this.points('forecast'))
    return line.at(this.newestMs + afterMs)
  }

  /** Oldest first; of several samples in one slice what they come to. */
  points(aggregation: WindowShape['aggregation'], isDelta = false): WindowPoint[] {
    return Array.from({ length: this.#count }, (_, i) => {
      const [atMs, value, of] = [this.#at(i, 0), this.#at(i, 1), this.#at(i, 2)]
      const isSum = aggregation === Aggregation.AVG
      return { atMs, value: isSum ? (value / of) * (isDelta ? 1000 : 1) : value }
    })
  }

  /** What the constructor takes. */
  toArray(): number[] {
    const { length } = this.#slices
    const start = this.#first * WIDTH
    return Array.from({ length: this.#count * WIDTH }, (_, i) => this.#slices[(start + i) % length] ?? NaN)
  }

  #push({ aggregation, isDelta }: WindowShape, { atMs, value, intervalMs }: WindowSample): void {
    if (this.#count * WIDTH === this.#slices.length) this.#grow()
    const i = this.#count++
    const isSum = aggregation === Aggregation.AVG
    this.#set(i, [
      atMs,
      isDelta && !isSum ? (value * 1000) / intervalMs : value,
      isDelta && isSum ? intervalMs : 1,
    ])
  }

  #merge({ aggregation, isDelta }: WindowShape, sample: WindowSample): void {
    const i = this.#count - 1
    const [atMs, held, of] = [this.#at(i, 0), this.#at(i, 1), this.#at(i, 2)]
    const { intervalMs } = sample
    const value =
      isDelta && aggregation !== Aggregation.AVG ? (sample.value * 1000) / intervalMs : sample.value
    switch (aggregation) {
      case Aggregation.AVG:
        return this.#set(i, [sample.atMs, held + value, of + (isDelta ? intervalMs : 1)])
      case Aggregation.MAX:
        return value >= held ? this.#set(i, [sample.atMs, value, 1]) : undefined
      case Aggregation.MIN:
        return value <= held ? this.#set(i, [sample.atMs, value, 1]) : undefined
      case 'forecast':
        return this.#set(i, [
          atMs + (sample.atMs - atMs) / (of + 1),
          held + (value - held) / (of + 1),
          of + 1,
        ])
      default:
        return this.#set(i, [sample.atMs, value, 1])
    }
  }

  #forget(upToMs: number): void {
    while (this.#count > 0 && this.#at(0, 0) <= upToMs) {
      this.#first = (this.#first + 1) % (this.#slices.length / WIDTH)
      this.#count--
    }
  }

  #grow(): void {
    const held = this.toArray()
    this.#slices = new Float64Array(Math.max(FIRST_CAPACITY * WIDTH, held.length * 2))
    this.#slices.set(held)
    this.#first = 0
  }

  #reduce(choose: (a: number, b: number) => number, start: number): number {
    let chosen = start
    for (let i = 0; i < this.#count; i++) chosen = choose(chosen, this.#at(i, 1))
    return chosen
  }

  #sum(part: 1 | 2): number {
    let sum = 0
    for (let i = 0; i < this.#count; i++) sum += this.#at(i, part)
    return sum
  }

  #slope(): number | undefined {
    const spanMs = this.newestMs - this.oldestMs
    return spanMs > 0 ? ((this.#at(this.#count - 1, 1) - this.#at(0, 1)) * 1000) / spanMs : undefined
  }

  #at(slice: number, part: 0 | 1 | 2): number {
    const at = (this.#first + slice) * WIDTH
    return this.#slices[(at % this.#slices.length) + part] ?? NaN
  }

  #set(slice: number, values: readonly [number, number, number]): void {
    this.#slices.set(values, ((this.#first + slice) * WIDTH) % this.#slices.length)
  }
}
