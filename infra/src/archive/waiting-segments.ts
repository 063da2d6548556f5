// Sealed segments on their way into the store. They are safe where they lie: a store that is slow or away holds nobody up.

import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ArchiveStore } from './archive.ts'
import type { WaitingSegment } from './seal-segment.ts'

/** A directory has taken a segment long before; an upload goes on behind the writer's back. */
const PATIENCE_MS = 1_000
const CLOSING_PATIENCE_MS = 10_000

export type WaitingDeps = { readonly store: ArchiveStore; readonly logger: Logger }

export class WaitingSegments {
  readonly #deps: WaitingDeps
  #all: readonly WaitingSegment[]
  #storing: Promise<void> | undefined

  constructor(deps: WaitingDeps, left: readonly WaitingSegment[]) {
    this.#deps = deps
    this.#all = left
  }

  get all(): readonly WaitingSegment[] {
    return this.#all
  }

  add(segment: WaitingSegment): void {
    this.#all = [...this.#all, segment]
  }

  /** Offers each to the store, and waits a while for it to take them. */
  async store(): Promise<void> {
    if (this.#all.length === 0) return
    this.#storing ??= this.#storeAll().finally(() => {
      this.#storing = undefined
    })
    await within(PATIENCE_MS, this.#storing)
  }

  /** Lets the store finish what it is taking. */
  async close(): Promise<void> {
    if (this.#storing) await within(CLOSING_PATIENCE_MS, this.#storing)
  }

  // What the store refuses is offered again the next time.
  async #storeAll(): Promise<void> {
    const { store, logger } = this.#deps
    for (const { name, path } of this.#all)
      try {
        await store.take(name, path)
        this.#all = this.#all.filter((each) => each.name !== name)
      } catch (error) {
        logger.warn({ err: error, segment: name }, 'the store does not take the segment: tried again later')
      }
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, after(ms, undefined, { signal: done.signal }).catch(() => undefined)])
  done.abort()
}
