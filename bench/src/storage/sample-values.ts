// What the made samples say, as SQL: in the grains in which a Linux kernel counts, for what a value takes on a disk depends
// on nothing more. Processor time comes in ticks of 10 ms, loads in hundredths, memory in kB, disks in sectors and ms.

import type { SampledTable } from './raw-rows.ts'

export const CORES = 8
export const SENSORS = 6
const MEMORY_KB = 33_554_432
const SWAP_KB = 4_194_304

/** Percent of a time in which so many ticks were counted. */
const ticks = (percent: string, count: number): string =>
  `round((${percent}) * ${count} / 100) * 100 / ${count}`
const ALL_TICKS = CORES * 1_000
const each = (count: number, value: (i: number) => string): string =>
  `array[${Array.from({ length: count }, (_, i) => value(i)).join()}]`

// Of a tick `t`: `t.usage` percent is the host busy, `n` counts the ticks of a day, `s.k` tells rows of a tick apart.
const USER = ticks('t.usage * 0.7', ALL_TICKS)
const SYSTEM = ticks('t.usage * (0.15 + 0.05 * t.chance)', ALL_TICKS)
const IOWAIT = ticks('greatest(0, t.chance - 0.7)', ALL_TICKS)
const USED_KB = `(8388608 + floor(20000 * t.busy + 4000 * t.chance))`
const SWAPPED_KB = `(180000 + 4 * floor(n / 40))`
const BLOCKS = `floor(s.k * 1e7 + n * 3 / s.k + 40 * t.chance)`
const WRITES = `floor(t.usage * (0.5 + t.chance))`
const READS = `floor(greatest(0, t.chance - 0.6) * t.usage)`
const BUSY_MS = `floor(${WRITES} * (0.4 + t.chance))`
const PACKETS = `floor(t.usage * (20 + 30 * t.chance) / s.k)`

const HOST: Readonly<Record<string, string>> = {
  cpu_usage_percent: `${USER} + ${SYSTEM} + ${IOWAIT}`,
  cpu_user_percent: USER,
  cpu_system_percent: SYSTEM,
  cpu_iowait_percent: IOWAIT,
  cpu_steal_percent: '0',
  cpu_idle_percent: `100 - (${USER} + ${SYSTEM} + ${IOWAIT})`,
  cpu_load_avg_1: `round((t.usage / 12 + t.chance)::numeric, 2)`,
  cpu_load_avg_5: `round((t.busy / 12 + t.chance / 5)::numeric, 2)`,
  cpu_load_avg_15: `round((t.busy / 12 + t.chance / 15)::numeric, 2)`,
  memory_total_bytes: String(MEMORY_KB * 1_024),
  memory_used_bytes: `1024 * ${USED_KB}`,
  memory_available_bytes: `1024 * (${MEMORY_KB} - ${USED_KB})`,
  memory_cached_bytes: `1024 * (9000000 + n * 12 + floor(200 * t.chance))`,
  memory_buffers_bytes: `1024 * (500000 + 4 * floor(n / 3))`,
  memory_usage_percent: `${USED_KB} * 100 / ${MEMORY_KB}`,
  swap_total_bytes: String(SWAP_KB * 1_024),
  swap_used_bytes: `1024 * ${SWAPPED_KB}`,
  swap_usage_percent: `${SWAPPED_KB} * 100 / ${SWAP_KB}`,
  system_uptime_seconds: `round((extract(epoch from t.time) - 1.7e9)::numeric, 2)`,
  system_users: '3',
  system_processes: '200 + floor(10 * t.chance)',
  systemd_failed_units: '0',
  temperature_max_celsius: 'round(t.usage / 2 + 32)',
  cpu_core_busy_percent: each(CORES, () => ticks('least(100, t.usage + 10 * random())', 1_000)),
  temperature_sensor: each(SENSORS, (i) => `'coretemp/Core ${i}'`),
  temperature_celsius: each(SENSORS, () => 'round(t.usage / 2 + 30 + 2 * random())'),
}

const FILE_SYSTEM: Readonly<Record<string, string>> = {
  total_bytes: '1e12',
  used_bytes: `4096 * ${BLOCKS}`,
  free_bytes: `1e12 - 4096 * ${BLOCKS}`,
  usage_percent: `4096 * ${BLOCKS} / 1e10`,
  inodes_total: '6e7',
  inodes_used: '1.2e6 + floor(n / 4)',
  inodes_usage_percent: '(1.2e6 + floor(n / 4)) / 6e5',
}

const DEVICE: Readonly<Record<string, string>> = {
  read_bytes: `${READS} * 512 * ceil(32 * random())`,
  write_bytes: `${WRITES} * 4096 + 512 * floor(64 * random())`,
  read_operations: READS,
  write_operations: WRITES,
  busy_percent: `${BUSY_MS} / 100.0`,
  await_ms: `${BUSY_MS} / nullif(${READS} + ${WRITES}, 0)`,
}

const INTERFACE: Readonly<Record<string, string>> = {
  receive_bytes: `${PACKETS} * 700 + floor(90000 * random())`,
  transmit_bytes: `${PACKETS} * 400 + floor(40000 * random())`,
  receive_packets: PACKETS,
  transmit_packets: `floor(${PACKETS} * (0.8 + 0.1 * random()))`,
  receive_errors: '0',
  transmit_errors: '0',
  receive_drops: 'floor(random() * 1.01)',
  transmit_drops: '0',
}

const PROCESS: Readonly<Record<string, string>> = {
  cpu_percent: ticks('t.usage * (0.5 + t.chance) / s.k', 6_000),
  rss_bytes: '4096 * (20000 * s.k + floor(n / 50) + floor(t.chance * 1.1))',
}

/** By column; file systems have mounts, devices in the same table have none. */
export const VALUES: Readonly<Record<SampledTable, Readonly<Record<string, string>>>> = {
  metrics: HOST,
  disk_metrics: {
    ...of('s.mount is not null', FILE_SYSTEM),
    ...of('s.mount is null', DEVICE),
  },
  network_metrics: INTERFACE,
  process_metrics: PROCESS,
}

function of(rows: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, `case when ${rows} then ${value} end`]),
  )
}
