// What is said of an alert of which nothing is sent: by what, once for each change.

import { create } from '@bufbuild/protobuf'
import { NotificationMutedSchema, NotificationUnmutedSchema } from '@secumon/contracts/gen/notification'
import type { DomainEvent } from '../decider.ts'
import type { Mute, NotificationCommandOf } from './notification.ts'

export function mute(
  { alert, stage, by, detail }: NotificationCommandOf<'Mute'>,
  muted: Mute | undefined,
): DomainEvent[] {
  if (muted?.stage === stage && muted.by === by && muted.detail === detail) return []
  const value = create(NotificationMutedSchema, { alert, stage, by, detail })
  return [{ case: 'notificationMuted', value }]
}

export function unmute({ alert }: NotificationCommandOf<'Unmute'>, muted: Mute | undefined): DomainEvent[] {
  if (!muted) return []
  return [{ case: 'notificationUnmuted', value: create(NotificationUnmutedSchema, { alert }) }]
}
