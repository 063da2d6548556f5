// When a reactor's state is saved: every 10 s, more rarely when that is dear. The state is as of one moment, made piece by
// piece between other work, and written when everything that was decided up to it is in the log.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import { pause } from '../pause.ts'
import type { MarkedPlace } from '../resume.ts'
import { setImmediate as turn } from 'node:timers/promises'
import { saveFold, type FoldKey } from './saved-fold.ts'

/** Between two saves, at the least. */
export const SAVE_PERIOD_MS = 10_000
/** What a term that is told to stop may take to save: whoever goes on then has nothing to do again. */
export const LAST_SAVE_MS = 3_000
/** Of the time, taking the state may cost the process no more than one part in so many. */
const SHARE = 50
/** Others get their turn after so long. */
const PIECES_MS = 5

export type FoldSaverOptions = {
  readonly db: Database
  readonly key: FoldKey
  readonly codeVersion: number
  readonly fence: number
  readonly clock: Clock
  readonly periodMs?: number
}

export type Snapshot = {
  /** Makes a further piece of the state, as of when the snapshot was taken; gives it, in parts, once it is whole. */
  readonly further: () => readonly Uint8Array[] | undefined
  /** Resolves to the places it stands for once its decisions are in the log; to undefined when they will not be. */
  readonly places: () => Promise<readonly MarkedPlace[] | undefined>
}

export class FoldSaver {
  readonly #options: FoldSaverOptions
  #dueMs: number
  #making: Promise<unknown> | undefined
  #writing: Promise<void> | undefined
  #failure: unknown

  constructor(options: FoldSaverOptions) {
    this.#options = options
    this.#dueMs = options.clock.monotonicMs() + (options.periodMs ?? SAVE_PERIOD_MS)
  }

  /** Takes and writes the state when it is time, in the background. @throws what an earlier write threw */
  saveWhenDue(take: () => Snapshot): void {
    if (this.#failure !== undefined) throw this.#failure
    const { clock, periodMs = SAVE_PERIOD_MS } = this.#options
    const startMs = clock.monotonicMs()
    if (this.#writing || startMs < this.#dueMs) return
    this.#dueMs = startMs + periodMs
    const snapshot = take()
    this.#begin(snapshot, clock.monotonicMs() - startMs)
  }

  /** Takes and writes the state now, after what is being written. @throws what a write throws */
  async saveNow(take: () => Snapshot): Promise<void> {
    await this.#writing
    this.#begin(take())
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Takes and writes the state once more before the end. What fails, or is not done in time, is done again by whoever goes on. */
  async saveLast(take: () => Snapshot, withinMs = LAST_SAVE_MS): Promise<void> {
    if (withinMs <= 0) return
    const ended = new AbortController()
    const end = () => ended.abort()
    void this.saveNow(take).then(end, end)
    await pause(withinMs, ended.signal)
  }

  /** Resolves when no state is being made: from here on everything may change at once. */
  async made(): Promise<void> {
    await this.#making
  }

  /** Resolves when nothing is being written: a term that has ended writes nothing more. */
  async idle(): Promise<void> {
    await this.#writing
  }

  #begin(snapshot: Snapshot, spentMs = 0): void {
    this.#writing = this.#write(snapshot, spentMs)
      .catch((error: unknown) => (this.#failure = error))
      .then(() => (this.#writing = undefined))
  }

  async #write({ further, places }: Snapshot, spentMs: number): Promise<void> {
    const { db, key, codeVersion, fence } = this.#options
    const making = this.#make(further, spentMs).finally(() => (this.#making = undefined))
    this.#making = making.catch(() => undefined)
    const [parts, at] = await Promise.all([making, places()])
    if (at) await saveFold(db, key, fence, { codeVersion, places: at, parts })
  }

  async #make(further: Snapshot['further'], takenMs: number): Promise<readonly Uint8Array[]> {
    const { clock } = this.#options
    for (let spentMs = takenMs; ;) {
      const startMs = clock.monotonicMs()
      let parts: readonly Uint8Array[] | undefined
      do parts = further()
      while (!parts && clock.monotonicMs() - startMs < PIECES_MS)
      spentMs += clock.monotonicMs() - startMs
      this.#dueMs = Math.max(this.#dueMs, startMs + SHARE * spentMs)
      if (parts) return parts
      await turn()
    }
  }
}
