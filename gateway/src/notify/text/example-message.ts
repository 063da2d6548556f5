// A message that never happened: what a channel is tested with, and what templates are tried on before there is a real
// alert.

import { NO_OTHERS, type Message, type MessageAlert } from '../message.ts'

const AT_MS = Date.UTC(2026, 0, 15, 3, 14, 5)

const ALERT: MessageAlert = {
  id: '01KF00000000000000000000A1',
  state: 'firing',
  severity: 'critical',
  ruleName: 'Disk almost full',
  description: 'Remove old files or enlarge the disk.',
  agentName: 'web-1',
  metric: 'disk.usage_percent',
  dimension: '/var',
  value: 96.2,
  threshold: 90,
  noData: false,
  simulated: false,
  sinceMs: AT_MS - 300_000,
  labels: { severity: 'critical', mount: '/var' },
  runbookUrl: '',
  url: 'https://secumon.example/alerts/01KF00000000000000000000A1',
}

export const EXAMPLE: Message = {
  notification: '01KF00000000000000000000N1',
  tenant: 'main',
  incident: '01KF00000000000000000000C1',
  kind: 'first',
  step: 0,
  atMs: AT_MS,
  alerts: [ALERT],
  others: NO_OTHERS,
  links: {
    incident: 'https://secumon.example/incidents/01KF00000000000000000000C1',
    acknowledge: 'https://secumon.example/incidents/01KF00000000000000000000C1?acknowledge',
  },
}

/** The same with something else in its alert. */
export const exampleWith = (changes: Partial<MessageAlert>): Message => ({
  ...EXAMPLE,
  alerts: [{ ...ALERT, ...changes }],
})
