// Values in the shapes that other read models answer.

import type { z } from 'zod'
import type { LatestBody } from '../schemas/agent.ts'
import type { AlertRow } from '../schemas/alert.ts'
import type { FleetAgent } from '../schemas/fleet.ts'
import type { IncidentRow } from '../schemas/incident.ts'
import type { SeriesBody } from '../schemas/series.ts'
import type { SeriesRequest } from '../series-request.ts'

export const exampleLatest: z.infer<typeof LatestBody> = {
  at: 1_700_000_000_000,
  interval_ms: 10_000,
  host: { 'cpu.usage_percent': 12.5 },
  cores: [10, 15],
  mounts: [{ name: '/', device: '/dev/sda1', type: 'ext4', values: { 'disk.usage_percent': 41 } }],
  devices: [],
  interfaces: [],
  sensors: [],
  processes: [],
  processes_at: null,
  users: [],
  faults: [],
}

export const emptySeries = ({ fromMs, toMs, stepMs, keys }: SeriesRequest): z.infer<typeof SeriesBody> => ({
  from: fromMs,
  to: toMs,
  step: stepMs,
  source: 'metrics',
  times: [],
  series: keys.map((key) => ({ key, unit: 'percent', aggregation: 'avg', name: null, values: [] })),
})

export const exampleAgent = (id: string): z.infer<typeof FleetAgent> => ({
  id,
  name: `host-${id.slice(-4).toLowerCase()}`,
  hostname: null,
  status: 'online',
  status_since: null,
  last_seen: null,
  period_ms: 10_000,
  os: null,
  agent_version: null,
  tags: [],
  simulated: false,
  cpu_percent: null,
  memory_percent: null,
  disk_percent: null,
  disk_mount: null,
  load_1: null,
  receive_bytes_per_second: null,
  transmit_bytes_per_second: null,
  uptime_seconds: null,
  clock_offset_ms: null,
  enrolled_at: 1_700_000_000_000,
})

export const exampleAlert = (id: string): z.infer<typeof AlertRow> => ({
  id,
  state: 'firing',
  severity: 'critical',
  platform: false,
  rule: { id, name: 'CPU is busy', version: 1, platform: false },
  agent: { id, name: 'web-1' },
  metric: 'cpu.usage_percent',
  dimension: null,
  description: '',
  runbook_url: null,
  labels: {},
  began_at: 1_700_000_000_000,
  fired_at: 1_700_000_300_000,
  resolved_at: null,
  resolution: null,
  value: 97,
  threshold: 90,
  no_data: false,
  late: false,
  flapping: false,
  simulated: false,
  acknowledged: null,
  muted: null,
  notes: 0,
  version: 2,
  updated_at: 1_700_000_300_000,
})

export const exampleIncident = (id: string): z.infer<typeof IncidentRow> => ({
  id,
  state: 'open',
  platform: false,
  severity: 'critical',
  summary: false,
  policy: { id, name: 'Everybody', version: 1 },
  group: {},
  alerts: { total: 1, firing: 1, acknowledged: 0 },
  opened_at: 1_700_000_300_000,
  closed_at: null,
  told_at: null,
  version: 1,
})
