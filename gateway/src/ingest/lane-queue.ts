// The records of a lane that are taken and not settled: those that wait, in order, and the one being published.

import type { ChainHead } from '@secumon/contracts/frame'
import type { Budget } from './budget.ts'
import { headAfter } from './chain.ts'
import type { Candidate } from './submission.ts'

export type Entry = { readonly candidate: Candidate; readonly receivedAtMs: number; verified: boolean }

export class LaneQueue {
  readonly #budget: Budget
  #waiting: Entry[] = []
  #publishing: Entry | undefined

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get length(): number {
    return this.#waiting.length + (this.#publishing ? 1 : 0)
  }

  get first(): Entry | undefined {
    return this.#waiting[0]
  }

  /** The last record taken, or `head` when none of its epoch is waiting. */
  tail(head: ChainHead, epoch: number): ChainHead {
    const last = (this.#waiting.at(-1) ?? this.#publishing)?.candidate.offer
    return last?.epoch === epoch ? headAfter(last) : head
  }

  push(entry: Entry): void {
    this.#waiting.push(entry)
    this.#budget.queue(entry.candidate.bytes.length)
  }

  /** Drops the entry and all behind it; false when it is no longer waiting. */
  dropFrom(entry: Entry): boolean {
    const index = this.#waiting.indexOf(entry)
    if (index >= 0) this.#drop(this.#waiting.splice(index))
    return index >= 0
  }

  clear(): void {
    this.#drop(this.#waiting.splice(0))
  }

  /** Takes the first entry out to be published; `published` must follow. */
  publish(): Entry | undefined {
    return (this.#publishing = this.#waiting.shift())
  }

  published(): void {
    if (this.#publishing) this.#budget.settle(this.#publishing.candidate.bytes.length)
    this.#publishing = undefined
  }

  #drop(entries: readonly Entry[]): void {
    for (const { candidate } of entries) this.#budget.settle(candidate.bytes.length)
  }
}
