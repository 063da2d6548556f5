// What was said of an alert, whom that did not reach, and when nothing was said, in one row of time, the newest first.

import type { AlertDetail, Mute, Notification, Round } from '../lib/alerting-types.ts'

type At = { readonly key: string; readonly atMs: number }

export type Told =
  | (At & { readonly kind: 'mute'; readonly mute: Mute })
  | (At & { readonly kind: 'message'; readonly message: Notification })
  | (At & { readonly kind: 'missed'; readonly round: Round })

export const toldOfAlert = ({
  mutes,
  notifications,
  missed,
}: Pick<AlertDetail, 'mutes' | 'notifications' | 'missed'>): Told[] =>
  [
    ...mutes.map((mute, i): Told => ({ kind: 'mute', key: `mute ${i}`, atMs: mute.since, mute })),
    ...notifications.map((message): Told => ({
      kind: 'message',
      key: message.id,
      atMs: message.due_at,
      message,
    })),
    ...missed.map((round): Told => ({
      kind: 'missed',
      key: `${round.incident} ${round.version}`,
      atMs: round.due_at,
      round,
    })),
  ].toSorted((a, b) => b.atMs - a.atMs)
