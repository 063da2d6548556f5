// A believable fleet that needs no memory: every value is a function of agent, metric and time.

import { METRICS, type Metric } from '@secumon/contracts/metrics'
import { customSeries } from './fixture-custom.ts'
import { drift, noise } from './fixture-noise.ts'
import type { AgentDetail, FleetAgent, Latest, SeriesSet, Status } from '../src/lib/api-types.ts'

const PERIOD_MS = 10_000
const GIB = 2 ** 30
const ROLES = ['web', 'db', 'cache', 'mail', 'build', 'edge', 'file', 'auth'] as const
const SITES = ['paris', 'lyon', 'geneva', 'berlin', 'oslo'] as const
const SYSTEMS = ['Debian GNU/Linux 12', 'Ubuntu 24.04.2 LTS', 'Rocky Linux 9.5', 'Alpine Linux 3.21'] as const
const START_MS = Date.now()

const of = <T>(list: readonly T[], share: number): T => list[Math.floor(share * list.length)] as T

const ulid = (index: number): string => `01JD${String(index).padStart(22, '0')}`

/** The fleet's row numbered `index`. */
export function agentRow(index: number, nowMs: number): FleetAgent {
  const id = ulid(index)
  const role = of(ROLES, noise(id, 'role'))
  const site = of(SITES, noise(id, 'site'))
  const status = statusOf(id, index)
  const seen = status === 'online' || status === 'offline' || status === 'unknown'
  const lastSeen =
    status === 'online'
      ? nowMs - (nowMs % PERIOD_MS) * noise(id, 'at')
      : START_MS - 240_000 - 9e6 * noise(id, 'off')
  const value = (key: string): number | null => (seen ? metricAt(index, key, lastSeen) : null)
  return {
    id,
    name: `${role}-${site.slice(0, 3)}-${String(index + 1).padStart(4, '0')}`,
    hostname: seen ? `${role}${index + 1}.${site}.example.net` : null,
    status,
    status_since:
      status === 'online' ? START_MS - Math.round(3e9 * noise(id, 'since')) : Math.round(lastSeen + 30_000),
    last_seen: seen ? Math.round(lastSeen) : null,
    period_ms: PERIOD_MS,
    os: seen ? of(SYSTEMS, noise(id, 'os')) : null,
    agent_version: seen ? '0.1.0' : null,
    tags: [`env:${noise(id, 'env') < 0.7 ? 'prod' : 'staging'}`, `role:${role}`, `site:${site}`],
    simulated: index > 0,
    cpu_percent: value('cpu.usage_percent'),
    memory_percent: value('memory.usage_percent'),
    disk_percent: seen ? diskPercent(id, '/', lastSeen) : null,
    disk_mount: seen ? '/' : null,
    load_1: value('cpu.load_avg_1'),
    receive_bytes_per_second: seen ? 2.5e6 * drift(`${id}rx`, lastSeen) : null,
    transmit_bytes_per_second: seen ? 9e5 * drift(`${id}tx`, lastSeen) : null,
    uptime_seconds: seen ? 86_400 * 90 * noise(id, 'boot') : null,
    clock_offset_ms: index === 3 ? 7_400 : 12,
    enrolled_at: START_MS - 86_400_000 * 40,
  }
}

function statusOf(id: string, index: number): Status {
  if (index === 0) return 'online'
  const share = noise(id, 'status')
  return share < 0.012 ? 'offline' : share < 0.018 ? 'unknown' : share < 0.022 ? 'pending' : 'online'
}

const diskPercent = (id: string, mount: string, atMs: number): number =>
  18 + 76 * noise(id, mount) + 3 * drift(`${id}${mount}`, atMs)

/** One metric of one agent (of one dimension value) at an instant; counters as a rate per second. */
export function metricAt(index: number, key: string, atMs: number, name = ''): number {
  const id = ulid(index)
  const seed = `${id}${key}${name}`
  const busy = drift(`${id}cpu`, atMs) ** 2 * (0.4 + 0.9 * noise(id, 'load'))
  const total = 16 * GIB
  switch (key) {
    case 'cpu.usage_percent':
      return Math.min(100, 100 * busy)
    case 'cpu.user_percent':
      return Math.min(70, 62 * busy)
    case 'cpu.system_percent':
      return 22 * busy
    case 'cpu.iowait_percent':
      return 12 * busy * drift(seed, atMs)
    case 'cpu.steal_percent':
      return 2 * busy
    case 'cpu.core_busy_percent':
      return Math.min(100, 100 * busy * (0.3 + 1.6 * drift(seed, atMs)))
    case 'memory.total_bytes':
      return total
    case 'memory.used_bytes':
      return total * (0.25 + 0.6 * drift(`${id}mem`, atMs / 4))
    case 'memory.usage_percent':
      return 100 * (0.25 + 0.6 * drift(`${id}mem`, atMs / 4))
    case 'memory.cached_bytes':
      return total * 0.2 * (0.6 + 0.4 * drift(seed, atMs / 6))
    case 'memory.buffers_bytes':
      return total * 0.02 * (0.6 + 0.4 * drift(seed, atMs / 6))
    case 'swap.total_bytes':
      return 4 * GIB
    case 'swap.used_bytes':
      return 0.3 * GIB * drift(seed, atMs / 8)
    case 'disk.usage_percent':
      return diskPercent(id, name, atMs)
    case 'disk.inodes_usage_percent':
      return 4 + 20 * noise(seed)
    case 'disk.total_bytes':
      return name === '/' ? 80 * GIB : 500 * GIB
    case 'system.processes':
      return Math.round(180 + 40 * drift(seed, atMs))
    case 'system.uptime_seconds':
      return 86_400 * 90 * noise(id, 'boot')
    case 'temperature.celsius':
      return 38 + 24 * drift(seed, atMs)
    default:
      return generic(key, seed, atMs, busy)
  }
}

function generic(key: string, seed: string, atMs: number, busy: number): number {
  const share = drift(seed, atMs)
  if (key.includes('load_avg')) return busy * 8 * (0.8 + 0.3 * share)
  if (key.includes('errors') || key.includes('drops')) return share > 0.8 ? 0.2 * share : 0
  if (key.startsWith('network.') && key.endsWith('_bytes')) return 6e6 * share ** 2
  if (key.startsWith('network.')) return 4_000 * share ** 2
  if (key.endsWith('_operations')) return 320 * share ** 2
  if (key.endsWith('busy_percent')) return 60 * share ** 2
  if (key.endsWith('await_ms')) return 0.4 + 6 * share ** 2
  if (key.endsWith('_bytes')) return 2.4e7 * share ** 2
  return 100 * share
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  mount: ['/', '/var/lib/postgresql', '/srv'],
  device: ['nvme0n1', 'sda'],
  interface: ['eth0', 'wg0'],
  core: ['0', '1', '2', '3', '4', '5', '6', '7'],
  sensor: ['coretemp Package id 0', 'nvme Composite'],
}

/** Half an hour without readings, the same for every agent, so that gaps can be looked at. */
const isGap = (atMs: number): boolean => atMs % 14_400_000 < 420_000

/** What /series answers. */
export function seriesSet(index: number, query: URLSearchParams): SeriesSet {
  const to = Number(query.get('to') ?? Date.now())
  const from = Number(query.get('from'))
  const step = Math.max(Number(query.get('step') ?? 10_000), 1000)
  const first = Math.floor(from / step) * step
  const times = Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, i) => first + i * step)
  const wanted = (query.get('keys') ?? '').split(',')
  const series: SeriesSet['series'] = METRICS.filter((metric) => wanted.includes(metric.key)).flatMap(
    (metric) => {
      const { dimension }: Metric = metric
      return (dimension ? (NAMES[dimension] ?? []) : [null]).map((name) =>
        oneSeries(index, metric, name, times, step),
      )
    },
  )
  series.push(...wanted.flatMap((key) => customSeries(index, key, times, step)))
  return { from, to, step, source: step > 60_000 ? 'metrics_5min' : 'metrics', times, series }
}

function oneSeries(
  index: number,
  metric: (typeof METRICS)[number],
  name: string | null,
  times: number[],
  step: number,
): SeriesSet['series'][number] {
  const at = (time: number): number | null =>
    isGap(time) || time > Date.now() ? null : metricAt(index, metric.key, time, name ?? '')
  const values = times.map(at)
  const coarse = step > PERIOD_MS && metric.kind === 'gauge'
  const spread = values.map((value, i) =>
    value === null ? 0 : value * 0.22 * noise(metric.key, times[i] ?? 0),
  )
  return {
    key: metric.key,
    unit: metric.unit,
    aggregation: metric.kind === 'delta' ? 'rate' : 'avg',
    name,
    values,
    ...(coarse
      ? {
          min: values.map((v, i) => (v === null ? null : v - (spread[i] ?? 0))),
          max: values.map((v, i) => (v === null ? null : v + (spread[i] ?? 0))),
        }
      : {}),
  }
}

/** What `agent` events and the agent's page carry. */
export function latestOf(index: number, atMs: number): Latest {
  const gauges = METRICS.filter((metric) => metric.table === 'metrics' && !('dimension' in metric))
  const rows = (dimension: string): { name: string; values: Record<string, number> }[] =>
    (NAMES[dimension] ?? []).map((name) => ({
      name,
      values: Object.fromEntries(
        METRICS.filter((m): boolean => 'dimension' in m && m.dimension === dimension).map((m) => [
          m.key,
          metricAt(index, m.key, atMs, name) * (m.kind === 'delta' ? PERIOD_MS / 1000 : 1),
        ]),
      ),
    }))
  return {
    at: atMs,
    interval_ms: PERIOD_MS,
    host: Object.fromEntries(gauges.map((metric) => [metric.key, metricAt(index, metric.key, atMs)])),
    cores: (NAMES['core'] ?? []).map((name) => metricAt(index, 'cpu.core_busy_percent', atMs, name)),
    mounts: rows('mount').map((row) => ({
      ...row,
      values: { ...row.values, ...space(row.name, row.values['disk.usage_percent'] ?? 0) },
      device: '/dev/nvme0n1p2',
      type: 'ext4',
    })),
    devices: rows('device'),
    interfaces: rows('interface'),
    sensors: rows('sensor'),
    processes: processes(index, atMs),
    processes_at: atMs - (atMs % 60_000),
    users: [{ name: 'marie', terminal: 'pts/0', host: '10.4.0.17', since: atMs - 5_400_000 }],
    faults:
      index % 5 === 4
        ? [
            {
              collector: 'temperatures',
              message: 'EACCES: permission denied, open /sys/class/hwmon/hwmon2/temp1_input',
            },
          ]
        : [],
  }
}

function space(mount: string, percent: number): Record<string, number> {
  const total = mount === '/' ? 80 * GIB : 500 * GIB
  return {
    'disk.total_bytes': total,
    'disk.used_bytes': (total * percent) / 100,
    'disk.free_bytes': total * (1 - percent / 100),
  }
}

const PROGRAMS = [
  'postgres',
  'node',
  'nginx',
  'redis-server',
  'dockerd',
  'systemd-journald',
  'sshd',
  'prometheus-node-exporter-textfile',
  'java',
  'rsyslogd',
] as const

const processes = (index: number, atMs: number): Latest['processes'] =>
  PROGRAMS.map((name, i) => ({
    pid: 400 + i * 613,
    name,
    user: i % 3 === 0 ? 'root' : name.slice(0, 8),
    cpu_percent: (120 / (i + 1)) * drift(`${index}${name}`, atMs - (atMs % 60_000)),
    rss_bytes: (1.4 * GIB) / (i + 1),
  })).toSorted((a, b) => b.cpu_percent - a.cpu_percent)

/** What the agent's page asks first. */
export function agentDetail(index: number, nowMs: number): AgentDetail {
  const agent = agentRow(index, nowMs)
  const seen = agent.status !== 'pending'
  const inventory = {
    hostname: agent.hostname ?? '', os: agent.os ?? '', kernel: '6.1.0-28-amd64', architecture: 'x86_64',
    cpu_model: 'AMD EPYC 7443P 24-Core Processor', cpu_cores: 8, memory_total_bytes: 16 * GIB,
    addresses: ['10.4.0.12', '192.0.2.41', '2001:db8:0:7::29'], packages: 1187, agent_version: '0.1.0',
    booted_at: nowMs - (agent.uptime_seconds ?? 0) * 1000, virtualization: 'kvm',
  } // prettier-ignore
  const units = [
    'cron.service',
    'nginx.service',
    'postgresql@15-main.service',
    'ssh.service',
    'systemd-timesyncd.service',
  ].map((unit) => ({ unit, active_state: 'active', sub_state: 'running' }))
  return {
    agent,
    inventory: seen ? inventory : null,
    latest: seen ? latestOf(index, agent.last_seen ?? nowMs) : null,
    units: seen ? [...units, { unit: 'backup.service', active_state: 'failed', sub_state: 'failed' }] : [],
  }
}
