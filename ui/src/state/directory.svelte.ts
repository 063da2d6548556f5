// Channels and schedules by name, for who writes policies and schedules.

import { api } from '../lib/api.ts'
import type { Channels, Schedules, Target } from '../lib/alerting-types.ts'
import { Loading } from './loading.svelte.ts'

const MOST = 500

export class Directory {
  readonly channels = new Loading<Channels>((signal) => api('/channels', { query: { limit: MOST }, signal }))
  readonly schedules = new Loading<Schedules>((signal) =>
    api('/schedules', { query: { limit: MOST }, signal }),
  )

  /** Both at once; who may not see channels sees their ids. */
  load(): void {
    void this.channels.load()
    void this.schedules.load()
  }

  channelName(id: string): string {
    return this.channels.value?.channels.find((channel) => channel.id === id)?.spec.name ?? id
  }
  scheduleName(id: string): string {
    return this.schedules.value?.schedules.find((schedule) => schedule.id === id)?.spec.name ?? id
  }
  targetName(target: Target): string {
    return target.kind === 'channel' ? this.channelName(target.channel) : this.scheduleName(target.schedule)
  }
}
