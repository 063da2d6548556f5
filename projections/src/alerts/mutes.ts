// Why nobody is told of an alert: as it stands now, and each time that it changed.

import { folded, listed } from './table.ts'

export type MuteColumns = {
  /** Null: somebody is told. */
  readonly stage: string | null
  /** ULID of what mutes; empty where nothing does. */
  readonly muted_by: string
  readonly detail: string
}

const UNMUTED: MuteColumns = { stage: null, muted_by: '', detail: '' }

/** The aggregate has the alert's own id. */
export const mutes = folded<MuteColumns>({
  table: 'mutes',
  aggregate: 'notification',
  partsOf: ({ event }) =>
    event.case === 'notificationMuted' || event.case === 'notificationUnmuted' ? [''] : [],
  fold(_, { event }) {
    if (event.case !== 'notificationMuted') return UNMUTED
    const { stage, by, detail } = event.value
    return { stage, muted_by: by, detail }
  },
})

export const muteHistory = listed<MuteColumns>({
  table: 'mute_history',
  aggregate: 'notification',
  list({ event }) {
    if (event.case === 'notificationUnmuted') return UNMUTED
    if (event.case !== 'notificationMuted') return undefined
    const { stage, by, detail } = event.value
    return { stage, muted_by: by, detail }
  },
})
