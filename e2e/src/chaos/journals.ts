// What the agents' spools have surely taken, as the agents wrote it down: read on from where it was read before.

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** An observation that a spool has taken. A later epoch may carry it under another sequence. */
export type Taken = {
  readonly agent: string
  readonly epoch: number
  readonly sequence: number
  /** By the agent's clock. */
  readonly atMs: number
  /** Of the agent's journal, from 0. */
  readonly line: number
}

type Place = { offset: number; lines: number }

export class Journals {
  readonly #directory: string
  readonly #places = new Map<string, Place>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** What was written since the last call. */
  async readOn(): Promise<Taken[]> {
    const files = (await readdir(this.#directory).catch(() => [])).filter((name) => name.endsWith('.journal'))
    const taken = await Promise.all(files.map((file) => this.#readFile(file)))
    return taken.flat()
  }

  /** Lines of an agent's journal that were read so far. */
  lines(agent: string): number {
    return this.#places.get(agent)?.lines ?? 0
  }

  async #readFile(file: string): Promise<Taken[]> {
    const agent = file.replace('.journal', '')
    const place = this.#places.get(agent) ?? { offset: 0, lines: 0 }
    this.#places.set(agent, place)
    const text = await readFrom(join(this.#directory, file), place.offset)
    // A kill can tear the last line; the next start goes on in it. What cannot be read was no promise.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    place.offset += Buffer.byteLength(whole)
    return whole
      .split('\n')
      .filter((line) => /^\d+ \d+ \d+$/.test(line))
      .map((line) => {
        const [epoch = 0, sequence = 0, atMs = 0] = line.split(' ').map(Number)
        return { agent, epoch, sequence, atMs, line: place.lines++ }
      })
  }
}

async function readFrom(path: string, offset: number): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.max(0, size - offset))
    await file.read(buffer, 0, buffer.length, offset)
    return buffer.toString()
  } finally {
    await file.close()
  }
}
