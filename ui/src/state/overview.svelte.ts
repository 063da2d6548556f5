// The overview: what the API says, kept fresh by live events and an unhurried re-read.

import { api } from '../lib/api.ts'
import type { FleetAgent, FleetMap, Overview as OverviewShape, Platform } from '../lib/api-types.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'

const REREAD_MS = 15_000

export class OverviewState {
  readonly summary = new Loading<OverviewShape>((signal) => api('/overview', { signal }))
  readonly map = new Loading<FleetMap>((signal) => api('/fleet/map', { signal }))

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    this.load()
    const timer = setInterval(() => {
      if (live.state === 'live' && !document.hidden) void this.summary.load()
    }, REREAD_MS)
    const ends = [
      live.on('platform', (platform) => this.#platform(platform)),
      live.on('fleet', (rows) => this.#fleet(rows)),
      live.onCatchUp(() => this.load()),
    ]
    return () => {
      clearInterval(timer)
      for (const end of ends) end()
      this.summary.stop()
      this.map.stop()
    }
  }

  load(): void {
    void this.summary.load()
    void this.map.load()
  }

  #platform(platform: Platform): void {
    this.summary.update((overview) => ({ ...overview, platform }))
  }

  #fleet(rows: readonly FleetAgent[]): void {
    const changed = new Map(rows.map((row) => [row.id, row]))
    let known = 0
    this.map.update(({ agents }) => ({
      agents: agents.map((agent) => {
        const row = changed.get(agent.id)
        if (!row) return agent
        known += 1
        return { ...agent, name: row.name, status: row.status, tags: row.tags, cpu: row.cpu_percent }
      }),
    }))
    if (known < changed.size && !this.map.busy) void this.map.load()
  }
}
