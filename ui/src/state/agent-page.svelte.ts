// One agent: what the API says of it, kept current by live events.

import { api } from '../lib/api.ts'
import type { AgentDetail, FleetAgent, Latest } from '../lib/api-types.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'
import { SeriesBoard } from './series-board.svelte.ts'

export class AgentPage {
  readonly id: string
  readonly detail: Loading<AgentDetail>
  readonly board: SeriesBoard

  constructor(id: string) {
    this.id = id
    this.detail = new Loading((signal) => api(`/agents/${encodeURIComponent(id)}`, { signal }))
    this.board = new SeriesBoard(id)
  }

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    let ended = false
    // Followed once it is known to exist: the stream of an agent that does not is refused.
    void this.detail.load().then(() => {
      if (!ended && this.detail.value) live.follow(this.id)
    })
    const ends = [
      live.on('agent', (latest) => this.#observed(latest)),
      live.on('fleet', (rows) => this.#changed(rows)),
      live.onCatchUp(() => {
        void this.detail.load()
        this.board.refresh()
      }),
    ]
    return () => {
      ended = true
      for (const end of ends) end()
      live.follow(undefined)
      this.detail.stop()
      this.board.stop()
    }
  }

  #observed(latest: Latest): void {
    this.detail.update((detail) => ({ ...detail, latest }))
    this.board.arrived()
  }

  #changed(rows: readonly FleetAgent[]): void {
    const agent = rows.find((row) => row.id === this.id)
    if (agent) this.detail.update((detail) => ({ ...detail, agent }))
  }
}
