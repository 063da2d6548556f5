// What a person does whom the platform asks for it: the one step of healing that is not its own. Every step is a finding.

import { glob, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scene } from './scene.ts'

/** Says which stream's store is damaged. */
const UNREADABLE = /"message":"(\w+) cannot be read from \d+ on, and ends at \d+: its store is damaged/g

export class Operator {
  readonly #scene: Scene
  /** How much of each role's log was read. */
  readonly #read = new Map<string, number>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Looks at the logs of those who read streams, and moves away what they cannot read. */
  async look(): Promise<void> {
    const damaged = new Set<string>()
    for (const role of ['projector', 'archiver']) {
      const log = await readFile(this.#scene.logFile(role), 'utf8').catch(() => '')
      for (const [, stream] of log.slice(this.#read.get(role) ?? 0).matchAll(UNREADABLE))
        if (stream !== undefined) damaged.add(stream)
      this.#read.set(role, log.length)
    }
    if (damaged.size > 0) await this.#moveAway([...damaged])
  }

  async #moveAway(streams: readonly string[]): Promise<void> {
    const { options } = this.#scene
    const nats = this.#scene.process('nats')
    await nats.end('SIGKILL')
    const store = join(options.directory, 'nats', 'jetstream')
    for (const stream of streams)
      for await (const path of glob(`**/streams/${stream}`, { cwd: store }))
        await rm(join(store, path), { recursive: true })
    await nats.ensureUp()
    options.onFinding(`the operator moved away ${streams.join(', ')}, as the platform asked`)
  }
}
