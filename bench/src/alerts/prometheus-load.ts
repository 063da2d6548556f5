// A load process: the same simulated hosts as remote-write clients, each sending its ticks by itself at the same moments.

import { HOST_METRICS } from '@secumon/contracts/metrics'
import { agentName } from '@secumon/app/load/membership'
import type { Observation } from '@secumon/contracts/gen/observation'
import { metricValues } from '@secumon/edge/simulator/count-values'
import { createSimulatedHost, type SimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { post } from '../peers/exchange.ts'
import { encodedLabels, writeRequest, type HostSeries } from '../peers/remote-write.ts'
import { Crossings } from './crossings.ts'
import { planOf, tellMoment, whenTold, type LoadPlan } from './load-words.ts'
import { seriesName } from './rules.ts'

export type PrometheusLoadPlan = LoadPlan & { readonly port: number }

const TURN_MS = 20
const SOCKETS = 64

type Client = { readonly host: SimulatedHost; series: HostSeries; ticks: number }

const plan = planOf<PrometheusLoadPlan>()
const { port, seed, ticks: wanted } = plan
const periodMs = plan.periodSeconds * 1_000
const crossings = new Crossings(plan, tellMoment)
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
const underway = new Set<Promise<void>>()

// Without deltas, as the first one is, an observation has fewer values: the labels are those of the second.
function send(client: Client, i: number): void {
  const atMs = Date.now()
  const observation = simulatedObservation(client.host, atMs, client.ticks === 0 ? 0 : periodMs)
  crossings.adjust(i, observation)
  if (client.ticks++ === 0) return
  if (client.series.length === 0) client.series = seriesOf(agentName(i), observation)
  const values = HOST_METRICS.flatMap((metric) => metricValues(observation, metric))
  const sent = post({ port, agent, body: writeRequest(client.series, [{ atMs, values }]) })
  underway.add(sent)
  void sent.finally(() => underway.delete(sent))
}

const seriesOf = (instance: string, observation: Observation): HostSeries =>
  HOST_METRICS.flatMap((metric) =>
    metricValues(observation, metric).map((_, at) =>
      encodedLabels({
        __name__: seriesName(metric.key),
        ...('dimension' in metric && { [`at_${metric.dimension}`]: String(at) }),
        instance,
      }),
    ),
  )

const clients = Array.from({ length: plan.agents }, (_, i): Client => ({
  host: createSimulatedHost({ seed: seed + i, periodMs, processPeriodMs: 0 }),
  series: [],
  ticks: 0,
}))
await whenTold()
const started = performance.now()
const dueMs = (i: number, ticks: number): number => started + (ticks + i / clients.length) * periodMs
while (clients.some(({ ticks }) => ticks < wanted)) {
  const now = performance.now()
  for (const [i, client] of clients.entries())
    if (client.ticks < wanted && dueMs(i, client.ticks) <= now) send(client, i)
  await sleep(TURN_MS)
}
await Promise.all(underway)
agent.destroy()
process.disconnect()
