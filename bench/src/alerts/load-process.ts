// A load as a process of its own, so that making it disturbs nobody who takes times.

import { startChild } from '@secumon/infra/embedded/child'
import { join } from 'node:path'
import type { Moment } from './crossings.ts'
import type { LoadPlan, LoadWord } from './load-words.ts'

export type Load = {
  /** Every crossing so far. */
  readonly moments: readonly Moment[]
  /** Lets it begin and resolves when all is sent. @throws Error with its last words */
  run(): Promise<void>
  stop(): Promise<void>
}

/** Starts one of the load programs of this folder and waits until it could begin. */
export async function startLoad(program: string, plan: LoadPlan): Promise<Load> {
  const moments: Moment[] = []
  const ready = Promise.withResolvers<void>()
  const child = await startChild(
    process.execPath,
    [join(import.meta.dirname, program), JSON.stringify(plan)],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      guard: { signal: 'SIGTERM', afterS: 0 },
      onMessage: (message) => {
        const word = message as LoadWord
        if (word.kind === 'moment') moments.push(word.moment)
        else ready.resolve()
      },
    },
  )
  const ended = child.ended.then((exit) => {
    if (exit !== 0) throw new Error(`${program} ended with ${exit}: ${child.output()}`)
  })
  await Promise.race([ready.promise, ended])
  return {
    moments,
    run: () => {
      child.send('go')
      return ended
    },
    stop: () => child.stop(),
  }
}
