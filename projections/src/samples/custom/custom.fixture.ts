// Frames with values of custom metrics.

import { agentId, RecordedLane } from '../../testing/recorded.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
/** The hour that has begun. */
export const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS

const lanes = new Map<string, RecordedLane>()

/** The lane of an agent, in the log once. */
export function laneOf(agent: number, tenant: string): RecordedLane {
  const lane = lanes.get(`${tenant}/${agent}`) ?? new RecordedLane(agentId(agent), tenant)
  lanes.set(`${tenant}/${agent}`, lane)
  return lane
}

/** What an agent sends at once. */
export type Sent = {
  readonly agent: number
  readonly tenant: string
  readonly atMs?: number
  readonly receivedAtMs?: number
  /** Of one metric, a value each. */
  readonly labels: readonly string[]
}

/** The next frame of an agent's lane. */
export const frameOf = ({ agent, tenant, atMs = NOW, receivedAtMs = atMs, labels }: Sent) =>
  laneOf(agent, tenant).frame(
    { receivedAtMs },
    ...chunked(labels).map((some) => ({
      atMs: BigInt(atMs),
      host: { cpuUsagePercent: 50 },
      custom: {
        intervalMs: MINUTE_MS,
        metric: ['jobs'],
        counter: [false],
        metricIndex: some.map(() => 0),
        labels: [...some],
        value: some.map((_, i) => i),
      },
    })),
  )

const chunked = (labels: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(labels.length / 2_000) }, (_, i) => labels.slice(i * 2_000, (i + 1) * 2_000))

/** So many sets of labels. */
export const named = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `n="${from + i}"`)
