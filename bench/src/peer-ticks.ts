// The simulated hosts' ticks as lists of numbers, as a remote-write client would have them.

import { HOST_METRICS } from '@secumon/contracts/metrics'
import { metricValues } from '@secumon/edge/simulator/count-values'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'
import type { Tick } from './peers/remote-write.ts'

const INTERVAL_MS = 10_000

/** The same seeds, hosts and number of ticks that our own generator sends. */
export function samePeerTicks({
  agents,
  ticks,
  seed,
}: {
  agents: number
  ticks: number
  seed: number
}): Tick[][] {
  const each = Math.ceil(ticks / agents)
  const startMs = Date.now() - each * INTERVAL_MS
  return Array.from({ length: agents }, (_, i) => {
    const host = createSimulatedHost({ seed: seed + i, processPeriodMs: 0 })
    return Array.from({ length: each }, (__, tick) => {
      const atMs = startMs + tick * INTERVAL_MS
      const observation = simulatedObservation(host, atMs, INTERVAL_MS)
      return { atMs, values: HOST_METRICS.flatMap((metric) => metricValues(observation, metric)) }
    })
  })
}
