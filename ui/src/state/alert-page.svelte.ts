// One alert with all that led to it, read again when it changes, and its metric over time.

import { api } from '../lib/api.ts'
import type { AlertDetail } from '../lib/alerting-types.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'
import { rereadOn, type Concerns } from './reread.ts'
import { SeriesBoard } from './series-board.svelte.ts'

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
    const concerns = {
      alerts: (rows) => rows.some((row) => row.id === this.id),
      notifications: (rows) => rows.some(({ alerts }) => alerts.some(({ alert }) => alert === this.id)),
    } satisfies Concerns
    const ends = [
      rereadOn(concerns, () => void this.detail.load()),
      live.on('agent', () => this.#board?.arrived()),
    ]
    return () => {
      ended = true
      for (const end of ends) end()
      live.follow(undefined)
      this.detail.stop()
      this.#board?.stop()
    }
  }
}
