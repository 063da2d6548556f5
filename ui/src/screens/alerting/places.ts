// What the screens of the alert centre are called.

import type { TextKey } from '../../i18n/en.ts'
import type { AlertingPlace } from '../../shape/routes.ts'

export const PLACE_WORD = {
  alerts: 'alerts',
  incidents: 'incidents',
  rules: 'rules',
  silences: 'silences',
  maintenance: 'maintenances',
  channels: 'channels',
  escalation: 'escalation',
  'on-call': 'onCall',
  messages: 'messages',
} as const satisfies Readonly<Record<AlertingPlace, TextKey>>
