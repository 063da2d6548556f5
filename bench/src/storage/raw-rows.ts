// Samples made by the database: as many and as noisy as those of a host with 8 cores, 6 sensors, 3 file systems, 2 block
// devices and 3 interfaces every 10 s, and its 10 busiest processes every minute.

import type { MetricTable } from '@secumon/contracts/metrics'
import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { sql, type RawBuilder } from 'kysely'

export const PERIOD_MS = 10_000
const CORES = 8
const SENSORS = 6

type Rows = {
  /** Rows of one tick and what tells them apart, named `s`; their first column is a number, `k`. */
  readonly series: string
  readonly everyMs: number
  /** Values in the rows of one tick; times and names are not counted. */
  readonly values: number
}

const ROWS: Record<MetricTable, Rows> = {
  metrics: { series: `(values (1)) as s (k)`, everyMs: PERIOD_MS, values: 23 + CORES + SENSORS },
  disk_metrics: {
    series: `(values (1, '/', '/dev/sda1', 'ext4'), (2, '/home', '/dev/sda2', 'ext4'), (3, '/srv', '/dev/nvme0n1p1', 'xfs'),
      (4, null, 'sda', null), (5, null, 'nvme0n1', null)) as s (k, mount, device, type)`,
    everyMs: PERIOD_MS,
    values: 3 * 7 + 2 * 6,
  },
  network_metrics: {
    series: `(values (1, 'eth0'), (2, 'eth1'), (3, 'wg0')) as s (k, interface)`,
    everyMs: PERIOD_MS,
    values: 3 * 8,
  },
  process_metrics: {
    series: `(select k, 1000 + k as pid, 'program-' || k as name, 'root' as user_name from generate_series(1, 10) k) as s`,
    everyMs: 60_000,
    values: 10 * 2,
  },
}

/** Values in the rows of one agent and day. */
export const valuesADay = (table: MetricTable): number => ROWS[table].values * (DAY_MS / ROWS[table].everyMs)

export type AgentsDay = {
  readonly schema: string
  readonly table: MetricTable
  /** Counts from 1970-01-01 UTC. */
  readonly day: number
  /** As uuids. */
  readonly agents: readonly string[]
}

/** A day of one table for all agents, in the order in which it would have come. */
export async function insertDay(db: Database, { schema, table, day, agents }: AgentsDay): Promise<void> {
  const { series, everyMs } = ROWS[table]
  const columns = SAMPLE_TABLES.find((shape) => shape.table === table)?.columns ?? []
  const values = columns.map(({ name, kind }) => sql.raw(valueOf(table, name, kind)))
  const start = new Date(day * DAY_MS)
  await sql`insert into ${sql.table(`${schema}.${table}`)} (${sql.join(columns.map(({ name }) => sql.ref(name)))})
    select ${sql.join(values)}
    from generate_series(0, ${sql.lit(DAY_MS / everyMs - 1)}) as n
    cross join unnest(${agents}::uuid[]) with ordinality as a (agent, number)
    cross join ${sql.raw(series)}
    cross join lateral (select ${start}::timestamptz + interval '1 ms' *
      (n * ${sql.lit(everyMs)} + a.number * 137 + floor(random() * 5)) as time, ${usage(table)} as usage) as t`.execute(
    db,
  )
}

// Busier by day than by night, and never quite the same.
const usage = (table: MetricTable): RawBuilder<unknown> =>
  sql.raw(
    `30 + 20 * sin(n * ${String(ROWS[table].everyMs)} / 13750987.0) + 5 * random() + a.number::integer % 7 + s.k % 2`,
  )

const SOME: Record<string, string> = {
  time: 't.time',
  agent_id: 'a.agent',
  tenant_id: `'main'`,
  interval_ms: String(PERIOD_MS),
  clock_corrected: 'false',
  cpu_core_busy_percent: `array[${Array.from({ length: CORES }, () => 't.usage + 10 * random()').join()}]::real[]`,
  temperature_sensor: `array[${Array.from({ length: SENSORS }, (_, i) => `'coretemp/Core ${i}'`).join()}]`,
  temperature_celsius: `array[${Array.from({ length: SENSORS }, () => 'round(t.usage / 2 + 30 + 2 * random())').join()}]::real[]`,
  temperature_max_celsius: 'round(t.usage / 2 + 32)',
  system_uptime_seconds: '86400.37 + extract(epoch from t.time) - 1.7e9',
  system_users: '3',
  system_processes: '200 + (10 * random())',
  systemd_failed_units: '0',
  swap_used_bytes: '1.8e8 + 4096 * floor(n / 40)',
  memory_total_bytes: '34359738368',
  swap_total_bytes: '4294967296',
}

const COUNTS: Record<string, string> = {
  total_bytes: '1e12',
  inodes_total: '6e7',
  used_bytes: '4e11 + 4096 * floor(n * 3 + 40 * random())',
  free_bytes: '6e11 - 4096 * floor(n * 3 + 40 * random())',
  inodes_used: '1.2e6 + floor(n / 4)',
}

function valueOf(table: MetricTable, name: string, kind: string): string {
  const known = SOME[name]
  if (known !== undefined) return `${known}${kind.endsWith('[]') || name === 'agent_id' ? '' : `::${kind}`}`
  if (kind === 'text') return `s.${name}`
  if (name === 'pid') return 's.pid'
  const value = kind === 'real' ? `t.usage * (1 + random())` : countOf(table, name)
  return table === 'disk_metrics'
    ? `(case when ${diskRow(name)} then ${value} end)::${kind}`
    : `(${value})::${kind}`
}

// Rows of file systems have a mount, those of block devices have none.
const OF_DEVICES = [
  'read_bytes',
  'write_bytes',
  'read_operations',
  'write_operations',
  'busy_percent',
  'await_ms',
]
const diskRow = (name: string): string =>
  OF_DEVICES.includes(name) ? 's.mount is null' : 's.mount is not null'

function countOf(table: MetricTable, name: string): string {
  if (/errors|drops/.test(name)) return 'floor(random() * 1.01)'
  if (table === 'metrics') return '1e10 + 1024 * floor(t.usage * 1e5)'
  return COUNTS[name] ?? 'floor(t.usage * (100 + 500 * random()))'
}
