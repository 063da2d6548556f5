// What was said of an alert and when nothing was, in one row of time, the newest first.

import type { AlertDetail, Mute, Notification } from '../lib/alerting-types.ts'

export type Told =
  | { readonly kind: 'mute'; readonly key: string; readonly atMs: number; readonly mute: Mute }
  | { readonly kind: 'message'; readonly key: string; readonly atMs: number; readonly message: Notification }

export const toldOfAlert = ({ mutes, notifications }: Pick<AlertDetail, 'mutes' | 'notifications'>): Told[] =>
  [
    ...mutes.map((mute, i): Told => ({ kind: 'mute', key: `mute ${i}`, atMs: mute.since, mute })),
    ...notifications.map((message): Told => ({
      kind: 'message',
      key: message.id,
      atMs: message.due_at,
      message,
    })),
  ].toSorted((a, b) => b.atMs - a.atMs)
