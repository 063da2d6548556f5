// Makes one observation per call: all collectors at the same moment, none able to stop the others.
// Intervals come from the monotonic clock, so a wall clock that is set changes no rate.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import { LONGEST_PERIOD_MS, PROCESS_PERIOD_MS, SHORTEST_PERIOD_MS } from '@secumon/contracts/sampling'
import type { Collector, Moment, Reading } from './collectors/collector.ts'
import { guarded } from './collectors/guarded.ts'
import type { HostClock } from './host-clock.ts'

export const DEFAULT_PERIOD_MS = 10_000
export const DEFAULT_PROCESS_PERIOD_MS = PROCESS_PERIOD_MS
export const DEFAULT_PROCESS_COUNT = 10
export const COLLECTOR_TIMEOUT_MS = 5_000

/** Inclusive limits of what a configuration may ask. */
export const PERIOD_LIMITS = {
  periodMs: [SHORTEST_PERIOD_MS, LONGEST_PERIOD_MS],
  processPeriodMs: [10_000, 3_600_000],
  processCount: [1, 100],
} as const

export type SamplerClock = Pick<HostClock, 'nowMs' | 'monotonicMs'>

export type Periods = {
  /** 1,000 – 300,000. */
  readonly periodMs: number
  /** 10,000 – 3,600,000. */
  readonly processPeriodMs: number
  /** 1 – 100. */
  readonly processCount: number
}

export type SamplerOptions = Partial<Periods> & {
  readonly collectors: readonly Collector[]
  readonly clock: SamplerClock
  /** A collector slower than this is reported as failing, and not asked again until it has answered. */
  readonly timeoutMs?: number
}

export type Sampler = {
  /** Never rejects: what fails becomes a `CollectorFault`. Call it once at a time. */
  sample(): Promise<Observation>
  /** Takes effect at the next sample. @throws RangeError outside `PERIOD_LIMITS`; nothing is changed then */
  setPeriods(periods: Partial<Periods>): void
}

/** @throws RangeError when a period is outside `PERIOD_LIMITS` */
export function createSampler(options: SamplerOptions): Sampler {
  const { clock, collectors, timeoutMs = COLLECTOR_TIMEOUT_MS } = options
  const ask = collectors.map((collector) => guarded(collector, timeoutMs))
  let periods: Periods = {
    periodMs: checked('periodMs', options.periodMs ?? DEFAULT_PERIOD_MS),
    processPeriodMs: checked('processPeriodMs', options.processPeriodMs ?? DEFAULT_PROCESS_PERIOD_MS),
    processCount: checked('processCount', options.processCount ?? DEFAULT_PROCESS_COUNT),
  }
  let previousMs: number | undefined
  return {
    async sample() {
      const moment = {
        nowMs: Math.round(clock.nowMs()),
        monotonicMs: Math.round(clock.monotonicMs()),
        ...periods,
      }
      const intervalMs = previousMs === undefined ? 0 : Math.max(1, moment.monotonicMs - previousMs)
      previousMs = moment.monotonicMs
      const readings = await Promise.all(ask.map((collect) => collect(moment)))
      return observation({ moment, intervalMs, readings, collectors })
    },
    setPeriods(changes) {
      const next = { ...periods, ...changes }
      for (const name of ['periodMs', 'processPeriodMs', 'processCount'] as const) checked(name, next[name])
      periods = next
    },
  }
}

type Parts = {
  readonly moment: Moment
  readonly intervalMs: number
  readonly readings: readonly Reading[]
  readonly collectors: readonly Collector[]
}

function observation({ moment, intervalMs, readings, collectors }: Parts): Observation {
  const parts: MessageInitShape<typeof ObservationSchema> = {}
  const host = {}
  const collectorFaults: { collector: string; message: string }[] = []
  readings.forEach(({ host: hostPart, faults, ...rest }, i) => {
    Object.assign(host, hostPart)
    Object.assign(parts, rest)
    for (const message of faults ?? [])
      collectorFaults.push({ collector: collectors[i]?.name ?? '', message })
  })
  const { nowMs, periodMs } = moment
  return create(ObservationSchema, {
    ...parts,
    atMs: BigInt(nowMs),
    intervalMs,
    periodMs,
    host,
    collectorFaults,
  })
}

function checked(name: keyof Periods, value: number): number {
  const [least, most] = PERIOD_LIMITS[name]
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`)
}
