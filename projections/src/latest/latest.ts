// The latest value of everything an agent measures, as one document. Pure: how an observation changes it.

import type {
  BlockDeviceSamples,
  FilesystemSamples,
  NetworkSamples,
  Observation,
  ProcessSamples,
} from '@secumon/contracts/gen/observation'
import { METRICS, type Dimension, type Metric } from '@secumon/contracts/metrics'
import { observedAtMs, type ClockReading } from '../observed-at.ts'

export type DimensionValues = { name: string; values: Record<string, number> }

export type Latest = {
  /** Agent's clock, corrected: milliseconds. */
  at: number
  interval_ms: number
  /** By metric key. */
  host: Record<string, number>
  cores: number[]
  mounts: (DimensionValues & { device: string; type: string })[]
  devices: DimensionValues[]
  interfaces: DimensionValues[]
  sensors: DimensionValues[]
  processes: { pid: number; name: string; user: string; cpu_percent: number; rss_bytes: number }[]
  processes_at: number | null
  users: { name: string; terminal: string; host: string; since: number }[]
  faults: { collector: string; message: string }[]
}

/**
 * What is known after the observation. Everything is of its tick but processes, which come rarely and stay, with their
 * own time, and what is wrong with files of programs.
 * @param at the observation's time after clock correction
 */
export function mergeLatest(previous: Latest | undefined, observation: Observation, at: number): Latest {
  if (previous && previous.at > at) return previous
  const { processes, temperatures, host } = observation
  return {
    at,
    interval_ms: observation.intervalMs,
    host: hostValues(observation),
    cores: [...(host?.cpuCoreBusyPercent ?? [])],
    mounts: mountValues(observation.filesystems),
    devices: rows('device', observation.blockDevices),
    interfaces: rows('interface', observation.networks),
    sensors: (temperatures?.sensor ?? []).map((name, i) => ({
      name,
      values: present({ 'temperature.celsius': temperatures?.celsius[i] }),
    })),
    processes: processes ? processRows(processes) : (previous?.processes ?? []),
    processes_at: processes ? at : (previous?.processes_at ?? null),
    users: observation.loggedInUsers.map(({ name, terminal, host: from, sinceMs }) => ({
      name,
      terminal,
      host: from,
      since: Number(sinceMs),
    })),
    faults: [...standingFaults(previous, observation), ...observation.collectorFaults].map(
      ({ collector, message }) => ({ collector, message }),
    ),
  }
}

/** Reads once a minute, and says with each reading what is wrong. */
const SELDOM = 'text-files'

/** What was wrong at its last reading is wrong until it has read again, or the agent has begun anew. */
function standingFaults(previous: Latest | undefined, observation: Observation): Latest['faults'] {
  const { custom, intervalMs, collectorFaults } = observation
  const hasRead = custom !== undefined || collectorFaults.some(({ collector }) => collector === SELDOM)
  if (!previous || hasRead || intervalMs === 0) return []
  return previous.faults.filter(({ collector }) => collector === SELDOM)
}

export type FrameValues = ClockReading & { observations(): readonly Observation[] }

/** Folds a frame's observations, oldest first. */
export function mergeFrame(previous: Latest | undefined, frame: FrameValues): Latest | undefined {
  return frame
    .observations()
    .reduce(
      (latest: Latest | undefined, observation) =>
        mergeLatest(latest, observation, observedAtMs(observation, frame)),
      previous,
    )
}

const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const metricsOf = (filter: (metric: Metric) => boolean): [key: string, field: string][] =>
  (METRICS as readonly Metric[]).filter(filter).map((metric) => [metric.key, camelCase(metric.column)])

const HOST = metricsOf((metric) => metric.table === 'metrics' && metric.dimension === undefined)
const BY_DIMENSION = new Map(
  (['mount', 'device', 'interface'] as const).map((dimension: Dimension) => [
    dimension,
    metricsOf((metric) => metric.dimension === dimension),
  ]),
)

function hostValues({ host }: Observation): Record<string, number> {
  const fields = new Map(Object.entries(host ?? {}))
  return present(Object.fromEntries(HOST.map(([key, field]) => [key, fields.get(field)])))
}

type Columns = FilesystemSamples | BlockDeviceSamples | NetworkSamples

function rows(dimension: 'mount' | 'device' | 'interface', columns: Columns | undefined): DimensionValues[] {
  const fields = new Map<string, unknown>(Object.entries(columns ?? {}))
  const names = fields.get(dimension)
  if (!Array.isArray(names)) return []
  return names.map((name, i) => ({
    name: String(name),
    values: present(
      Object.fromEntries(
        (BY_DIMENSION.get(dimension) ?? []).map(([key, field]) => [key, at(fields.get(field), i)]),
      ),
    ),
  }))
}

const at = (column: unknown, i: number): unknown => (Array.isArray(column) ? column[i] : undefined)

const mountValues = (filesystems: FilesystemSamples | undefined): Latest['mounts'] =>
  rows('mount', filesystems).map((row, i) => ({
    ...row,
    device: filesystems?.device[i] ?? '',
    type: filesystems?.type[i] ?? '',
  }))

const processRows = ({ pid, name, user, cpuPercent, rssBytes }: ProcessSamples): Latest['processes'] =>
  pid.map((number, i) => ({
    pid: number,
    name: name[i] ?? '',
    user: user[i] ?? '',
    cpu_percent: cpuPercent[i] ?? 0,
    rss_bytes: rssBytes[i] ?? 0,
  }))

const present = (values: Record<string, unknown>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
    ),
  )
