// What the whole app knows of alerts: how many fire, the worst of them, and the critical one that has just begun.

import { api } from '../lib/api.ts'
import type { AlertCounts, AlertRow, Alerts } from '../lib/alerting-types.ts'
import { isNewCritical } from '../shape/alert-filter.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'

const SHOWN = 8
const REREAD_MS = 1_000
/** What fired longer ago than this before it is heard of is no news. */
const NEWS_MS = 120_000

class AlertWatch {
  readonly list = new Loading<Alerts>((signal) =>
    api('/alerts', { query: { state: 'firing', sort: 'worst', limit: SHOWN }, signal }),
  )
  #news = $state.raw<AlertRow>()
  readonly #told = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  get counts(): AlertCounts | undefined {
    return this.list.value?.counts
  }
  /** The worst that fire, a few. */
  get worst(): readonly AlertRow[] | undefined {
    return this.list.value?.alerts
  }
  /** How many somebody has to look at; an alert that no policy takes is one of them, though nobody is told. */
  get attention(): number {
    return this.counts?.open ?? 0
  }
  /** The newest critical alert that somebody has to look at; each is news once. */
  get news(): AlertRow | undefined {
    return this.#news
  }

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    void this.list.load()
    const ends = [
      live.on('alerts', (rows) => this.#changed(rows)),
      live.onCatchUp(() => void this.list.load()),
    ]
    return () => {
      clearTimeout(this.#timer)
      this.#timer = undefined
      for (const end of ends) end()
      this.list.stop()
    }
  }

  #changed(rows: readonly AlertRow[]): void {
    const news = rows.find((row) => isNewCritical(row, Date.now() - NEWS_MS) && !this.#told.has(row.id))
    if (news) {
      this.#told.add(news.id)
      this.#news = news
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.list.load()
    }, REREAD_MS)
  }
}

export const alertWatch = new AlertWatch()
