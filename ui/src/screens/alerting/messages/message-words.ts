// The states of a message in words.

import type { TextKey } from '../../../i18n/en.ts'
import type { Notification } from '../../../lib/alerting-types.ts'

export const MESSAGE_WORD = {
  due: 'messageDue',
  sending: 'messageSending',
  waiting: 'messageWaiting',
  delivered: 'messageDelivered',
  dead: 'messageDead',
} as const satisfies Readonly<Record<Notification['state'], TextKey>>
