// One log line with what its source wrote before and after it; more of both when asked.

import { api } from '../lib/api.ts'
import type { LogContext } from '../lib/api-types.ts'
import type { LinePlace } from '../shape/log-filter.ts'
import { Loading } from './loading.svelte.ts'

const FIRST_LINES = 10
const MORE_LINES = 40
/** What the API gives at most on either side. */
const MOST_LINES = 500

export class LogSurroundings {
  readonly place: LinePlace
  #before = $state(FIRST_LINES)
  #after = $state(FIRST_LINES)
  readonly context: Loading<LogContext>

  constructor(place: LinePlace) {
    const { id, timeMs: time } = place
    this.place = place
    this.context = new Loading((signal) =>
      api('/logs/context', { query: { id, time, before: this.#before, after: this.#after }, signal }),
    )
  }

  get mayHaveBefore(): boolean {
    return (this.context.value?.before.length ?? 0) >= this.#before && this.#before < MOST_LINES
  }
  get mayHaveAfter(): boolean {
    return (this.context.value?.after.length ?? 0) >= this.#after && this.#after < MOST_LINES
  }

  moreBefore(): void {
    this.#before = Math.min(this.#before + MORE_LINES, MOST_LINES)
    void this.context.load()
  }
  moreAfter(): void {
    this.#after = Math.min(this.#after + MORE_LINES, MOST_LINES)
    void this.context.load()
  }
}
