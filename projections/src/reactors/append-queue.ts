// Decisions on their way into the log: many at once, of one aggregate never more than one, each aggregate's in order.
// What cannot be appended now is tried again for as long as it takes; nobody's place is lost.

import { Rejected } from '@secumon/domain/rejected'
import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import { pause } from '../pause.ts'

/** One append: `order` names what has to stay in order, an aggregate. */
export type Work = {
  readonly order: string
  readonly run: () => Promise<void>
  /** Called when it can never succeed. */
  readonly onRefused?: () => void
}

export type AppendQueueOptions = {
  readonly logger: Logger
  /** Ends the waiting and the trying. */
  readonly signal: AbortSignal
  /** Called for work that can never succeed: it was refused for what it says. */
  readonly onRefused: (error: Rejected) => void
  readonly concurrency?: number
  /** Work under way and waiting at which `room` makes its caller wait. */
  readonly capacity?: number
}

const CONCURRENCY = 64
const CAPACITY = 4_096

type Entry = Work & { readonly number: number }
type Waiter = { readonly until: number; readonly resolve: () => void }

/** Carries out appends that are pushed, in the background. */
export class AppendQueue {
  readonly #options: AppendQueueOptions
  /** Per order: what waits behind the one under way. */
  readonly #behind = new Map<string, Entry[]>()
  #ready: Entry[] = []
  /** Numbers not done yet; a set keeps them in order. */
  readonly #open = new Set<number>()
  #waiters: Waiter[] = []
  #roomWaiters: (() => void)[] = []
  #running = 0
  #pushed = 0

  constructor(options: AppendQueueOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#release(), { once: true })
  }

  /** Work that is not done. */
  get size(): number {
    return this.#open.size
  }

  push(work: Work): void {
    if (this.#options.signal.aborted) return
    const entry = { ...work, number: ++this.#pushed }
    this.#open.add(entry.number)
    const behind = this.#behind.get(work.order)
    if (behind) behind.push(entry)
    else {
      this.#behind.set(work.order, [])
      this.#ready.push(entry)
      this.#start()
    }
  }

  /** Resolves once all that was pushed until now is done, or the signal aborts: look at it afterwards. */
  settled(): Promise<void> {
    if (this.#open.size === 0 || this.#options.signal.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ until: this.#pushed, resolve })
    return promise
  }

  /** Resolves once there is room for more, or the signal aborts. */
  async room(): Promise<void> {
    const { capacity = CAPACITY, signal } = this.#options
    while (this.#open.size >= capacity && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#roomWaiters.push(resolve)
      await promise
    }
  }

  #start(): void {
    const { concurrency = CONCURRENCY, signal } = this.#options
    let taken = 0
    while (this.#running < concurrency && taken < this.#ready.length && !signal.aborted) {
      const entry = this.#ready[taken++]
      if (!entry) continue
      this.#running++
      void this.#carryOut(entry)
    }
    if (taken > 0) this.#ready = this.#ready.slice(taken)
  }

  async #carryOut(entry: Entry): Promise<void> {
    const done = await this.#untilDone(entry)
    this.#running--
    if (!done) return
    const next = this.#behind.get(entry.order)?.shift()
    if (next) this.#ready.push(next)
    else this.#behind.delete(entry.order)
    this.#finish(entry.number)
    this.#start()
  }

  async #untilDone({ run, order, onRefused: giveUp }: Entry): Promise<boolean> {
    const { signal, logger, onRefused } = this.#options
    for (let failures = 0; !signal.aborted; failures++)
      try {
        await run()
        return true
      } catch (error) {
        if (isFinal(error)) {
          onRefused(error)
          giveUp?.()
          return true
        }
        logger.warn({ err: error, order, failures }, 'not appended; trying again')
        await pause(waitMs(error, failures), signal)
      }
    return false
  }

  #finish(number: number): void {
    this.#open.delete(number)
    const [oldest = Infinity] = this.#open
    while (this.#waiters[0] && this.#waiters[0].until < oldest) this.#waiters.shift()?.resolve()
    if (this.#roomWaiters.length > 0) for (const wake of this.#roomWaiters.splice(0)) wake()
  }

  #release(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve()
    for (const wake of this.#roomWaiters.splice(0)) wake()
  }
}

// The log will be back, and a race is won some time; what the domain refuses it refuses for ever.
const isFinal = (error: unknown): error is Rejected =>
  error instanceof Rejected && error.code !== 'unavailable' && error.code !== 'conflict'

const waitMs = (error: unknown, failures: number): number =>
  Math.min(backoffMs(failures), (error instanceof Rejected && error.retryAfterMs) || Infinity)
