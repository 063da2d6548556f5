// How many lines there are when and of what: the histogram and the facets of a question.

import { api } from '../lib/api.ts'
import type { LogFacets, LogHistogram } from '../lib/api-types.ts'
import { logQuery, without, type CountedFacets, type LogFacet, type LogView } from '../shape/log-filter.ts'
import type { TimeRange } from '../shape/time-range.ts'
import { Loading } from './loading.svelte.ts'

const MOST_BUCKETS = 120

type Question = { readonly view: LogView; readonly range: TimeRange }

export class LogSurvey {
  #question: Question | undefined
  readonly #choosable: readonly LogFacet[]
  readonly histogram = new Loading<LogHistogram>((signal) =>
    api('/logs/histogram', { query: { ...this.#query(), buckets: MOST_BUCKETS }, signal }),
  )
  readonly facets = new Loading<CountedFacets>((signal) => this.#count(signal))

  /** @param choosable the facets that the viewer chooses from */
  constructor(choosable: readonly LogFacet[]) {
    this.#choosable = choosable
  }

  show(view: LogView, range: TimeRange): void {
    this.#question = { view, range }
    this.refresh()
  }

  /** Counts again, up to now. */
  refresh(): void {
    void this.histogram.load()
    void this.facets.load()
  }

  stop(): void {
    this.histogram.stop()
    this.facets.stop()
  }

  // The values of a facet are counted as if none of it were chosen or left out, so that others can be beside.
  async #count(signal: AbortSignal): Promise<CountedFacets> {
    const view = this.#question?.view
    const chosen = this.#choosable.filter(
      (facet) => view?.chosen[facet].length || view?.leftOut[facet].length,
    )
    const ask = async (free?: LogFacet): Promise<CountedFacets> => {
      const query = { ...this.#query(), ...(free && { [free]: undefined, [without(free)]: undefined }) }
      const { severities, ...rest } = await api<LogFacets>('/logs/facets', { query, signal })
      return { ...rest, severity: severities }
    }
    const [all, ...others] = await Promise.all([ask(), ...chosen.map(ask)])
    const free = others.map((counted, i) => {
      const facet = chosen[i] ?? 'severity'
      return { [facet]: counted[facet] }
    })
    return Object.assign({ ...all }, ...free, endOf([all, ...others]))
  }

  #query(): Readonly<Record<string, string | number | undefined>> {
    if (!this.#question) throw new Error('nothing is asked')
    const { view, range } = this.#question
    const bounds =
      range.kind === 'between' ? { from: range.fromMs, to: range.toMs } : { from: -range.durationMs }
    return { ...bounds, ...logQuery(view) }
  }
}

// Each begins a little later than the one before, where the range moves with the clock.
function endOf(answers: readonly CountedFacets[]): Pick<CountedFacets, 'partial' | 'counted_from'> {
  const late = answers.filter(({ counted_from, from }) => counted_from > from)
  return {
    partial: answers.some(({ partial }) => partial),
    counted_from: Math.max(
      ...(late.length > 0 ? late : answers.slice(0, 1)).map((each) => each.counted_from),
    ),
  }
}
