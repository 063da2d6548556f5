// The panels of one agent's page: loads what is in view, in as few requests as can be, and keeps the tail live.

import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { api, asFailure, isAbort, type ApiFailure } from '../lib/api.ts'
import type { SeriesSet } from '../lib/api-types.ts'
import type { Panel } from '../charts/panels.ts'
import { mergeColumns, NO_COLUMNS, type Columns } from '../shape/series-merge.ts'
import { sourcesOf } from '../shape/series-sources.ts'
import { boundsOf, stepFor, type TimeRange } from '../shape/time-range.ts'

const MOST_KEYS = 20
const GATHER_MS = 15
const LEAST_TAIL_MS = 2_000

export type PanelState = {
  readonly columns: Columns
  readonly state: 'loading' | 'ready' | 'failed'
  readonly failure: ApiFailure | undefined
  /** The relations that it was read from. */
  readonly sources: readonly string[]
}

const FRESH: PanelState = { columns: NO_COLUMNS, state: 'loading', failure: undefined, sources: [] }

type Ask = { readonly panel: Panel; readonly tail: boolean }

export class SeriesBoard {
  readonly agentId: string
  #window = $state.raw({ fromMs: 0, toMs: 0 })
  readonly #panels = new SvelteMap<string, PanelState>()
  #range: TimeRange = { kind: 'last', durationMs: 3_600_000 }
  #periodMs = 10_000
  readonly #visible = new Map<string, Panel>()
  readonly #stale = new Set<string>()
  readonly #queue = new Map<string, Ask>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #abort = new AbortController()
  #tailAtMs = 0

  readonly #points: number | undefined

  /** @param points buckets in about, where the panels are small */
  constructor(agentId: string, points?: number) {
    this.agentId = agentId
    this.#points = points
  }

  /** First and last instant shown. */
  get window(): { readonly fromMs: number; readonly toMs: number } {
    return this.#window
  }
  get stepMs(): number {
    return stepFor(this.#window.toMs - this.#window.fromMs, this.#periodMs, this.#points)
  }
  /** Runs of missing buckets up to this long are lateness. */
  get toleranceMs(): number {
    return this.#periodMs * 2
  }
  panel(id: string): PanelState {
    return this.#panels.get(id) ?? FRESH
  }

  /** Shows another range: panels in view load, the others when they come into view. */
  show(range: TimeRange, periodMs: number): void {
    this.#range = range
    this.#periodMs = periodMs
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#window = boundsOf(range, Date.now())
    this.#queue.clear()
    for (const id of this.#panels.keys()) this.#stale.add(id)
    for (const panel of this.#visible.values()) this.#ask(panel, false)
  }

  /** A panel came into view; the answer takes it out again, unless it has come into view elsewhere meanwhile. */
  see(panel: Panel): () => void {
    this.#visible.set(panel.id, panel)
    // Whoever sees it in an effect shall not see it anew with every answer.
    untrack(() => this.#readSeen(panel))
    return () => {
      if (this.#visible.get(panel.id) === panel) this.#visible.delete(panel.id)
    }
  }

  #readSeen(panel: Panel): void {
    const isHeld = this.#panels.has(panel.id) && !this.#stale.has(panel.id)
    if (!isHeld) this.#ask(panel, false)
    else if (this.#isLive()) this.#ask(panel, true)
  }

  retry(panel: Panel): void {
    this.#panels.set(panel.id, { ...this.panel(panel.id), state: 'loading' })
    this.#ask(panel, false)
  }

  /** New data has arrived for the agent: when the range ends now, panels in view get the newest buckets. */
  arrived(): void {
    const now = Date.now()
    const patienceMs = Math.max(LEAST_TAIL_MS, this.#periodMs * 0.8, this.stepMs / 10)
    if (!this.#isLive() || now - this.#tailAtMs < patienceMs) return
    this.#tailAtMs = now
    this.#window = boundsOf(this.#range, now)
    for (const panel of this.#visible.values()) if (!this.#queue.has(panel.id)) this.#ask(panel, true)
  }

  /** Something may have been missed: everything is asked for again. */
  refresh(): void {
    this.show(this.#range, this.#periodMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#abort.abort()
  }

  #isLive(): boolean {
    return this.#range.kind === 'last'
  }

  #ask(panel: Panel, tail: boolean): void {
    // Before `show` there is no range to ask for; it asks for every panel in view.
    if (this.#window.toMs === 0) return
    this.#queue.set(panel.id, { panel, tail })
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#flush()
    }, GATHER_MS)
  }

  #flush(): void {
    const asks = [...this.#queue.values()]
    this.#queue.clear()
    const alike = Map.groupBy(asks, (ask) => `${ask.tail} ${this.#stepOf(ask)} ${ask.panel.only}`)
    for (const group of alike.values())
      for (const part of chunked(group.map((ask) => ask.panel)))
        void this.#load(part, group[0]?.tail ?? false)
  }

  // Where a wider step was answered than asked for, what comes after it is asked for in the same.
  #stepOf({ panel, tail }: Ask): number {
    const { stepMs, times } = this.panel(panel.id).columns
    return tail && times.length > 0 ? stepMs : this.stepMs
  }

  async #load(panels: readonly [Panel, ...Panel[]], tail: boolean): Promise<void> {
    const { signal } = this.#abort
    const window = this.#window
    const step = this.#stepOf({ panel: panels[0], tail })
    const query = {
      keys: keysOf(panels).join(','),
      dimension: panels[0].only,
      step,
      from: Math.round(tail ? this.#tailFrom(panels, step) : window.fromMs),
      to: Math.round(window.toMs),
    }
    try {
      const answer = await api<SeriesSet>(`/agents/${encodeURIComponent(this.agentId)}/series`, {
        query,
        signal,
      })
      if (!signal.aborted) for (const panel of panels) this.#take(panel, answer, tail)
    } catch (error) {
      // A tail that failed is asked for again with the next arrival; what is on screen stays.
      if (signal.aborted || isAbort(error) || tail) return
      for (const panel of panels)
        this.#panels.set(panel.id, { ...this.panel(panel.id), state: 'failed', failure: asFailure(error) })
    }
  }

  #take(panel: Panel, answer: SeriesSet, tail: boolean): void {
    const keys = keysOf([panel])
    const own = { ...answer, series: answer.series.filter((series) => keys.includes(series.key)) }
    const { columns, sources } = tail ? this.panel(panel.id) : FRESH
    this.#stale.delete(panel.id)
    this.#panels.set(panel.id, {
      columns: mergeColumns(columns, own, this.#window),
      state: 'ready',
      failure: undefined,
      sources: [...new Set([...sources, ...sourcesOf(keys, answer.source)])],
    })
  }

  #tailFrom(panels: readonly Panel[], stepMs: number): number {
    const ends = panels.map((panel) => this.panel(panel.id).columns.times.at(-1) ?? this.#window.fromMs)
    return Math.max(this.#window.fromMs, Math.min(...ends) - 3 * stepMs)
  }
}

const keysOf = (panels: readonly Panel[]): string[] => [
  ...new Set(panels.flatMap((panel) => panel.series.map((series) => series.key))),
]

function chunked(panels: readonly Panel[]): [Panel, ...Panel[]][] {
  const parts: [Panel, ...Panel[]][] = []
  for (const panel of panels) {
    const part = parts.at(-1)
    if (part && keysOf([...part, panel]).length <= MOST_KEYS) part.push(panel)
    else parts.push([panel])
  }
  return parts
}
