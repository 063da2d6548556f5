// Bytes that a saved state is made of: varints, floating-point numbers and texts, one after another. Hundreds of thousands
// of series are written in one go, so nothing is allocated per value.

import { varintBytes, writeVarint } from '@secumon/contracts/varint'

const FIRST_SIZE = 64 * 1024
const PART_SIZE = 1024 ** 2
const MAX_UTF8_PER_UNIT = 3

export class StateWriter {
  /** Parts that are full: what is large is not copied each time it grows. */
  readonly #full: Uint8Array[] = []
  #bytes = new Uint8Array(FIRST_SIZE)
  #view = new DataView(this.#bytes.buffer)
  #at = 0
  readonly #encoder = new TextEncoder()

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  /** @param value a safe integer, not negative */
  varint(value: number): void {
    this.#room(varintBytes(value))
    this.#at = writeVarint(this.#bytes, this.#at, value)
  }

  single(value: number): void {
    this.#room(4)
    this.#view.setFloat32(this.#at, value)
    this.#at += 4
  }

  double(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#at, value)
    this.#at += 8
  }

  text(value: string): void {
    const most = value.length * MAX_UTF8_PER_UNIT
    this.#room(most + varintBytes(most))
    const { written } = this.#encoder.encodeInto(value, this.#bytes.subarray(this.#at + varintBytes(most)))
    const start = writeVarint(this.#bytes, this.#at, written)
    this.#bytes.copyWithin(start, this.#at + varintBytes(most), this.#at + varintBytes(most) + written)
    this.#at = start + written
  }

  block(value: Uint8Array): void {
    this.varint(value.length)
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** What was written, one part after another; the writer is done. */
  finish(): Uint8Array[] {
    return [...this.#full, this.#bytes.subarray(0, this.#at)]
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    this.#full.push(this.#bytes.subarray(0, this.#at))
    this.#bytes = new Uint8Array(Math.max(PART_SIZE, size))
    this.#view = new DataView(this.#bytes.buffer)
    this.#at = 0
  }
}

/** The parts in one piece: a copy, which of many megabytes is dear. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Reads what a StateWriter wrote. @throws RangeError where the bytes end too early */
export class StateReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  readonly #decoder = new TextDecoder()

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    return this.#view.getUint8(this.#at++)
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  single(): number {
    this.#at += 4
    return this.#view.getFloat32(this.#at - 4)
  }

  double(): number {
    this.#at += 8
    return this.#view.getFloat64(this.#at - 8)
  }

  text(): string {
    return this.#decoder.decode(this.block())
  }

  block(): Uint8Array {
    const length = this.varint()
    if (this.#at + length > this.#bytes.length) throw new RangeError('the bytes end within a text')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
