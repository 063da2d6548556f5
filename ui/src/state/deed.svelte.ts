// One change sent to the API: whether it is under way, and in which words it failed.

import { words } from '../i18n/i18n.svelte.ts'
import { asFailure, type ApiFailure } from '../lib/api.ts'

export class Deed {
  #busy = $state(false)
  #failure = $state.raw<ApiFailure>()

  get busy(): boolean {
    return this.#busy
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  /** What to tell the viewer; empty while nothing has failed. */
  get fault(): string {
    const { t } = words
    if (!this.#failure) return ''
    const { status, message, detail } = this.#failure
    if (status === 0) return t.noAnswer
    if (status === 403) return t.noRight
    return t.failedDetail(detail ? `${message}: ${detail}` : message)
  }

  /** Does it; undefined when it failed or another is under way. */
  async run<T>(send: () => Promise<T>): Promise<T | undefined> {
    if (this.#busy) return undefined
    this.#busy = true
    this.#failure = undefined
    try {
      return await send()
    } catch (error) {
      this.#failure = asFailure(error)
      return undefined
    } finally {
      this.#busy = false
    }
  }

  forget(): void {
    this.#failure = undefined
  }
}
