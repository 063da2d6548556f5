// Twenty rules as SecuMon and as Prometheus have them. Simulated hosts never come near their thresholds by themselves;
// the first ten judge single values, and a load makes those cross.

import { METRICS, type MetricKey } from '@secumon/contracts/metrics'
import type { HostSample } from '@secumon/contracts/gen/observation'

export type BenchRule = {
  readonly metric: MetricKey
  readonly threshold: number
  readonly over?: { readonly how: 'avg' | 'max' | 'min'; readonly minutes: number }
}

/** A rule on the newest value, with what takes a sample over its threshold. */
export type CrossedRule = BenchRule & { readonly cross: (host: HostSample) => void }

export const CROSSED_RULES: readonly CrossedRule[] = [
  { metric: 'cpu.steal_percent', threshold: 50, cross: (host) => (host.cpuStealPercent = 70) },
  { metric: 'cpu.iowait_percent', threshold: 60, cross: (host) => (host.cpuIowaitPercent = 80) },
  { metric: 'cpu.load_avg_1', threshold: 64, cross: (host) => (host.cpuLoadAvg1 = 90) },
  { metric: 'cpu.load_avg_5', threshold: 48, cross: (host) => (host.cpuLoadAvg5 = 60) },
  { metric: 'memory.usage_percent', threshold: 99, cross: (host) => (host.memoryUsagePercent = 99.5) },
  { metric: 'swap.usage_percent', threshold: 90, cross: (host) => (host.swapUsagePercent = 95) },
  { metric: 'system.users', threshold: 50, cross: (host) => (host.systemUsers = 60) },
  { metric: 'system.processes', threshold: 5_000, cross: (host) => (host.systemProcesses = 9_000) },
  { metric: 'systemd.failed_units', threshold: 3, cross: (host) => (host.systemdFailedUnits = 5) },
  { metric: 'temperature.max_celsius', threshold: 100, cross: (host) => (host.temperatureMaxCelsius = 110) },
]

const QUIET_RULES: readonly BenchRule[] = [
  { metric: 'cpu.system_percent', threshold: 50, over: { how: 'avg', minutes: 5 } },
  { metric: 'cpu.user_percent', threshold: 90, over: { how: 'avg', minutes: 5 } },
  { metric: 'cpu.load_avg_15', threshold: 48, over: { how: 'min', minutes: 5 } },
  { metric: 'memory.used_bytes', threshold: 1e12, over: { how: 'max', minutes: 10 } },
  { metric: 'disk.usage_percent', threshold: 99.5 },
  { metric: 'disk.inodes_usage_percent', threshold: 90 },
  { metric: 'disk.busy_percent', threshold: 99, over: { how: 'avg', minutes: 5 } },
  { metric: 'disk.await_ms', threshold: 50, over: { how: 'avg', minutes: 5 } },
  { metric: 'network.receive_errors', threshold: 100, over: { how: 'avg', minutes: 5 } },
  { metric: 'network.transmit_drops', threshold: 100, over: { how: 'avg', minutes: 5 } },
]

export const RULES: readonly BenchRule[] = [...CROSSED_RULES, ...QUIET_RULES]

/** What the rule is called by both. */
export const ruleName = ({ metric, over }: BenchRule): string =>
  over ? `${metric} ${over.how} ${over.minutes}m` : metric

/** The metric's name in Prometheus. */
export const seriesName = (metric: string): string => metric.replaceAll('.', '_')

const DELTAS = new Set<string>(METRICS.flatMap(({ kind, key }) => (kind === 'delta' ? [key] : [])))
const OVER_TIME = { avg: 'avg_over_time', max: 'max_over_time', min: 'min_over_time' }

/** The condition in PromQL. Deltas are sent as they are measured: their rate is their sum over the time. */
export function promQl({ metric, threshold, over }: BenchRule): string {
  const series = seriesName(metric)
  if (!over) return `${series} > ${threshold}`
  const window = `${series}[${over.minutes}m]`
  return DELTAS.has(metric)
    ? `sum_over_time(${window}) / ${over.minutes * 60} > ${threshold}`
    : `${OVER_TIME[over.how]}(${window}) > ${threshold}`
}

/** The rule in a content file. @param policy who is told of it */
export const contentRule = (rule: BenchRule, policy: string) => ({
  name: ruleName(rule),
  severity: 'warning',
  escalation_policy: policy,
  condition: {
    kind: 'metric',
    metric: rule.metric,
    comparison: 'gt',
    threshold: rule.threshold,
    aggregation: rule.over?.how ?? 'last',
    ...(rule.over && { window: `${rule.over.minutes}m` }),
  },
})
