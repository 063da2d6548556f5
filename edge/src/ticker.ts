// Runs a task at every multiple of a period of the monotonic clock. A task that takes longer than its period skips
// ticks: they never pile up.

import type { HostClock } from './host-clock.ts'
import { sleep } from './uplink/wake.ts'

export type TickerOptions = {
  readonly clock: Pick<HostClock, 'monotonicMs'>
  /** Asked before every wait. */
  readonly periodMs: () => number
  readonly signal: AbortSignal
}

/** Runs the task at once, then at every tick, until the signal aborts. Rejects when the task does. */
export async function runEvery(
  { clock, periodMs, signal }: TickerOptions,
  task: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await task()
    const period = periodMs()
    // A timer may fire a little early: a tick that is due within 1 % of the period counts as past.
    const nowMs = clock.monotonicMs() + period / 100
    await sleep((Math.floor(nowMs / period) + 1) * period - clock.monotonicMs(), signal)
  }
}
