// The slices of one window, oldest first, in a ring of plain numbers: there may be hundreds of thousands of windows.

/** Numbers of a slice: its time, its value or sum, and the weight of that: samples, or milliseconds. */
export const SLICE_WIDTH = 3

export type Slice = { readonly atMs: number; readonly value: number; readonly weight: number }

const FIRST_CAPACITY = 4

export class Slices {
  // Small typed arrays cost more than what they hold.
  #numbers: number[]
  #first = 0
  #count: number

  /** @param numbers what `toArray` gave */
  constructor(numbers: readonly number[] = []) {
    this.#numbers = [...numbers]
    this.#count = numbers.length / SLICE_WIDTH
  }

  get size(): number {
    return this.#count
  }

  /** NaN where there is no such slice. */
  atMs(index: number): number {
    return this.#read(index, 0)
  }

  value(index: number): number {
    return this.#read(index, 1)
  }

  weight(index: number): number {
    return this.#read(index, 2)
  }

  push(slice: Slice): void {
    if (this.#count * SLICE_WIDTH === this.#numbers.length) this.#grow()
    this.#write(this.#count++, slice)
  }

  replaceNewest(slice: Slice): void {
    this.#write(this.#count - 1, slice)
  }

  /** Forgets what is as old as this, or older. */
  forget(upToMs: number): void {
    while (this.#count > 0 && this.atMs(0) <= upToMs) {
      this.#first = (this.#first + SLICE_WIDTH) % this.#numbers.length
      this.#count--
    }
  }

  clear(): void {
    this.#count = 0
  }

  toArray(): number[] {
    const numbers: number[] = []
    for (let i = 0; i < this.#count; i++) numbers.push(this.atMs(i), this.value(i), this.weight(i))
    return numbers
  }

  #grow(): void {
    const held = this.toArray()
    const length = Math.max(FIRST_CAPACITY * SLICE_WIDTH, held.length * 2)
    this.#numbers = Array.from({ length }, (_, i) => held[i] ?? NaN)
    this.#first = 0
  }

  #read(index: number, part: 0 | 1 | 2): number {
    return index >= 0 && index < this.#count ? (this.#numbers[this.#place(index) + part] ?? NaN) : NaN
  }

  #write(index: number, { atMs, value, weight }: Slice): void {
    const place = this.#place(index)
    this.#numbers[place] = atMs
    this.#numbers[place + 1] = value
    this.#numbers[place + 2] = weight
  }

  #place(index: number): number {
    return (this.#first + index * SLICE_WIDTH) % this.#numbers.length
  }
}
