// The custom metrics of one agent that match what is searched for, and small pictures of those in view.

import { SvelteMap } from 'svelte/reactivity'
import { api } from '../lib/api.ts'
import type { CustomMetric, CustomMetrics } from '../lib/api-types.ts'
import { Loading } from './loading.svelte.ts'
import { SeriesBoard } from './series-board.svelte.ts'

/** More than an agent has, but for one that makes names of what should be labels: a page of the API. */
const MOST = 500
const SPARK_POINTS = 60
const REREAD_MS = 60_000

export class CustomMetricList {
  readonly list: Loading<CustomMetrics>
  readonly sparks: SeriesBoard
  readonly #path: string
  #text = ''
  #answered = $state('')
  readonly #known = new SvelteMap<string, CustomMetric>()

  constructor(agentId: string) {
    this.#path = `/agents/${encodeURIComponent(agentId)}/custom-metrics`
    this.sparks = new SeriesBoard(agentId, SPARK_POINTS)
    this.list = new Loading(async (signal) => {
      const text = this.#text
      const answer = await this.#read(text, signal)
      this.#answered = text
      return answer
    })
  }

  get metrics(): readonly CustomMetric[] {
    return this.list.value?.metrics ?? []
  }
  /** True while what is on screen still answers the previous search. */
  isOutdated(text: string): boolean {
    return this.list.value !== undefined && this.#answered !== text
  }
  /** One that was in any answer, whatever is searched for now. */
  named(name: string): CustomMetric | undefined {
    return this.#known.get(name)
  }

  /** Looks again every minute; the answer ends it. */
  start(): () => void {
    const timer = setInterval(() => !document.hidden && void this.list.load(), REREAD_MS)
    return () => {
      clearInterval(timer)
      this.list.stop()
      this.sparks.stop()
    }
  }

  search(text: string): void {
    this.#text = text
    void this.list.load()
  }

  /** Asks for one that no answer has had: it may not match what is searched for. What fails is asked for again with the list. */
  lookFor(name: string): void {
    this.#read(name).catch(() => undefined)
  }

  async #read(text: string, signal?: AbortSignal): Promise<CustomMetrics> {
    const query = { q: text || undefined, limit: MOST }
    const answer = await api<CustomMetrics>(this.#path, { query, ...(signal && { signal }) })
    for (const metric of answer.metrics) this.#known.set(metric.name, metric)
    return answer
  }
}
