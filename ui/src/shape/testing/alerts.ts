// Alerts for tests: one that fires, with what a test wants different.

import type { AlertRow } from '../../lib/alerting-types.ts'

export const alertRow = (change: Partial<AlertRow> = {}): AlertRow => ({
  id: 'A',
  state: 'firing',
  severity: 'warning',
  platform: false,
  rule: { id: 'R', name: 'Disk nearly full', version: 1, platform: false },
  agent: { id: 'H', name: 'db-1' },
  metric: 'disk.usage_percent',
  dimension: '/',
  description: '',
  runbook_url: null,
  labels: {},
  began_at: 1,
  fired_at: 1,
  resolved_at: null,
  resolution: null,
  value: 95,
  threshold: 90,
  no_data: false,
  late: false,
  flapping: false,
  simulated: false,
  acknowledged: null,
  muted: null,
  notes: 0,
  version: 1,
  updated_at: 1,
  ...change,
})
