// One thing asked of the API: what came last, why the last try failed, and whether one is under way.

import { asFailure, isAbort, type ApiFailure } from '../lib/api.ts'

export class Loading<T> {
  #value = $state.raw<T>()
  #failure = $state.raw<ApiFailure>()
  #busy = $state(false)
  #abort: AbortController | undefined
  readonly #ask: (signal: AbortSignal) => Promise<T>

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask
  }

  /** The last answer; kept while a newer one is asked for or fails. */
  get value(): T | undefined {
    return this.#value
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  get busy(): boolean {
    return this.#busy
  }

  /** Asks again; an older question under way is withdrawn. */
  async load(): Promise<void> {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    this.#busy = true
    try {
      const value = await this.#ask(abort.signal)
      if (abort.signal.aborted) return
      this.#value = value
      this.#failure = undefined
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) return
      this.#failure = asFailure(error)
    } finally {
      if (this.#abort === abort) this.#busy = false
    }
  }

  /** Changes the held value in place of an answer, for live events. */
  update(change: (value: T) => T): void {
    if (this.#value !== undefined) this.#value = change(this.#value)
  }

  stop(): void {
    this.#abort?.abort()
  }
}
