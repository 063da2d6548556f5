// Samples made by the database: as many and as noisy as those of a host with 8 cores, 6 sensors, 3 file systems, 2 block
// devices and 3 interfaces every 10 s, and its 10 busiest processes every minute.

import type { MetricTable } from '@secumon/contracts/metrics'
import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { sql, type RawBuilder } from 'kysely'
import { CORES, SENSORS, VALUES } from './sample-values.ts'

export const PERIOD_MS = 10_000

type Rows = {
  /** Rows of one tick and what tells them apart, named `s`; their first column is a number, `k`. */
  readonly series: string
  readonly everyMs: number
  /** Values in the rows of one tick; times and names are not counted. */
  readonly values: number
}

const ROWS = {
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
} satisfies Partial<Record<MetricTable, Rows>>

/** A table that the bench has samples for. */
export type SampledTable = keyof typeof ROWS

export const TABLES: readonly SampledTable[] = [
  'metrics',
  'disk_metrics',
  'network_metrics',
  'process_metrics',
]

/** Values in the rows of one agent and day. */
export const valuesADay = (table: SampledTable): number => ROWS[table].values * (DAY_MS / ROWS[table].everyMs)

export type AgentsDay = {
  readonly schema: string
  readonly table: SampledTable
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
      (n * ${sql.lit(everyMs)} + a.number * 137 + floor(random() * 5)) as time,
      ${usage(table)} as busy, random() as chance) as m
    cross join lateral (select m.time, m.busy, m.chance, m.busy + 5 * random() as usage) as t
    order by n, a.number`.execute(db)
}

// Busier by day than by night, and never quite the same.
const usage = (table: SampledTable): RawBuilder<unknown> =>
  sql.raw(`30 + 20 * sin(n * ${ROWS[table].everyMs} / 13750987.0) + a.number::integer % 7 + s.k % 2`)

const STAMP: Readonly<Record<string, string>> = {
  time: 't.time',
  agent_id: 'a.agent',
  tenant_id: `'main'`,
  interval_ms: String(PERIOD_MS),
  clock_corrected: 'false',
}

function valueOf(table: SampledTable, name: string, kind: string): string {
  const known = STAMP[name]
  if (known !== undefined) return known
  const value = VALUES[table][name]
  return value === undefined ? `s.${name}` : `(${value})::${kind}`
}
