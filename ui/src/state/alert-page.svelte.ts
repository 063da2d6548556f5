// One alert with all that led to it, read again when it changes, and its metric over time.

import { api } from '../lib/api.ts'
import type { AlertDetail } from '../lib/alerting-types.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'
import { SeriesBoard } from './series-board.svelte.ts'

/** Messages follow an alert's change within moments, and have no event of their own. */
const REREAD_MS = 10_000

export class AlertPage {
  readonly id: string
  readonly detail: Loading<AlertDetail>
  #board = $state.raw<SeriesBoard>()

  constructor(id: string) {
    this.id = id
    this.detail = new Loading((signal) => api(`/alerts/${encodeURIComponent(id)}`, { signal }))
  }

  /** Series of the alert's agent; undefined when there is none to draw. */
  get board(): SeriesBoard | undefined {
    return this.#board
  }

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    let ended = false
    void this.detail.load().then(() => {
      const agent = this.detail.value?.alert.agent
      if (ended || !agent) return
      this.#board = new SeriesBoard(agent.id)
      live.follow(agent.id)
    })
    const timer = setInterval(() => this.#again(), REREAD_MS)
    const ends = [
      live.on('alerts', (rows) => {
        if (rows.some((row) => row.id === this.id)) void this.detail.load()
      }),
      live.on('agent', () => this.#board?.arrived()),
      live.onCatchUp(() => void this.detail.load()),
    ]
    return () => {
      ended = true
      clearInterval(timer)
      for (const end of ends) end()
      live.follow(undefined)
      this.detail.stop()
      this.#board?.stop()
    }
  }

  #again(): void {
    const { value } = this.detail
    if (value && value.alert.state !== 'resolved' && live.state === 'live' && !document.hidden)
      void this.detail.load()
  }
}
