// A server we embed: started again on the same port and data when it ends by itself, or hangs.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '@secumon/infra/embedded/child'
import { watchForHang, type HangWatch } from './hang-watch.ts'
import type { Say } from './steps.ts'

export type KeptServer = { readonly stop: () => Promise<void> }

export type ServerPlan = {
  readonly name: string
  /** How it is asked to end. */
  readonly signal: NodeJS.Signals
  /** Starts it like the first time. */
  start(): Promise<Child>
  readonly say: Say
  /** How it is seen that it hangs; absent: nobody looks. */
  readonly hang?: HangWatch
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000
const GRACE_MS = 3_000

/** @param first the server as it was started just now */
export function keepServer(plan: ServerPlan, first: Child): KeptServer {
  const stopping = new AbortController()
  let child: Child | undefined = first
  const kept = keep()
  // A question that hangs must not hold up the end.
  if (plan.hang) void watch(plan.hang)

  async function keep(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!stopping.signal.aborted) {
      const exit = await child?.ended
      if (stopping.signal.aborted) return
      if (child) plan.say(`${plan.name} ended with ${exit}; it is started again`)
      child = undefined
      child = await plan.start().catch((error: unknown) => failed(error))
      if (stopping.signal.aborted) await child?.stop(plan.signal, GRACE_MS)
      pauseMs = child ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  function watch(hang: HangWatch): Promise<void> {
    const isRunning = () => child !== undefined
    const onHang = async (silentMs: number): Promise<void> => {
      plan.say(`${plan.name} runs and has not answered for ${Math.round(silentMs / 1_000)} s: it is ended`)
      await child?.stop(plan.signal, GRACE_MS)
    }
    return watchForHang(hang, { isRunning, onHang }, stopping.signal)
  }

  function failed(error: unknown): undefined {
    plan.say(`${plan.name} does not start: ${error instanceof Error ? error.message : String(error)}`)
  }

  return {
    stop: async () => {
      stopping.abort()
      await child?.stop(plan.signal, GRACE_MS)
      await kept
    },
  }
}
