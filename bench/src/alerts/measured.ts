// One product measured: load on, times taken, messages awaited, put together.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../table.ts'
import { matchMoments, quantiles, type Matched } from './latencies.ts'
import type { Load } from './load-process.ts'
import { watched, type Processes } from './watched.ts'
import type { WebhookReceiver } from './webhook-receiver.ts'

export type AlertsPlan = {
  readonly seed: number
  readonly agents: number
  readonly ticks: number
  readonly settled: number
  readonly share: number
  readonly periodSeconds: number
}

export type MeasuredProduct = {
  readonly product: string
  readonly processes: readonly Row[]
  readonly messages: number
  readonly firing: Matched
  readonly resolved: Matched
}

type Measuring = {
  readonly product: string
  readonly processes: Processes
  readonly load: Load
  readonly receiver: WebhookReceiver
}

const LAST_MESSAGES_MS = 30_000
const LOOK_MS = 100
/** Long enough for a message that is sent twice to come twice. */
const DUPLICATES_MS = 5_000

/** Runs the load to its end and waits for what it has to come to. */
export async function measureProduct(measuring: Measuring, plan: AlertsPlan): Promise<MeasuredProduct> {
  const { product, load, receiver } = measuring
  const settleMs = plan.settled * plan.periodSeconds * 1_000
  const processes = await watched(measuring.processes, settleMs, load.run())
  const deadline = performance.now() + LAST_MESSAGES_MS
  while (missing(load, receiver) > 0 && performance.now() < deadline) await sleep(LOOK_MS)
  await sleep(DUPLICATES_MS)
  const matched = (state: string) =>
    matchMoments(
      load.moments.filter((moment) => moment.state === state),
      receiver.arrivals.filter((arrival) => arrival.state === state),
    )
  const [firing, resolved] = [matched('firing'), matched('resolved')]
  return { product, processes, messages: receiver.messages, firing, resolved }
}

const missing = ({ moments }: Load, { arrivals }: WebhookReceiver): number =>
  matchMoments(moments, arrivals).missed

/** One line of the table of all products. */
export function summary({ product, firing, resolved, messages }: MeasuredProduct): Row {
  const [over, back] = [quantiles(firing.latenciesMs), quantiles(resolved.latenciesMs)]
  return {
    product,
    crossings: firing.latenciesMs.length + firing.missed,
    messages,
    missed: firing.missed + resolved.missed,
    duplicates: firing.duplicates + resolved.duplicates,
    strange: firing.strange + resolved.strange,
    'fired p50 ms': over.p50,
    'p99 ms': over.p99,
    'max ms': over.max,
    'resolved p50 ms': back.p50,
    'resolved p99 ms': back.p99,
  }
}
