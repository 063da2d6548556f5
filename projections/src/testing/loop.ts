// Runs project loops in tests and waits for facts about them.

import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { pino, type Logger } from 'pino'
import { Registry } from 'prom-client'
import type { ReadableLog } from '../log-readable.ts'
import { runProjector, type LoopLimits, type Progress, type ProjectOptions } from '../project.ts'
import type { Projector } from '../projector.ts'

export const systemClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

export type LoopOptions = {
  readonly projector: Projector
  readonly log: ReadableLog
  readonly db: Database
  readonly keys?: ArchiveKeys
  readonly stream?: string
  readonly limits?: Partial<LoopLimits>
  readonly upgrade?: NonNullable<ProjectOptions['upgrade']>
  readonly logger?: Logger
}

export type RunningLoop = {
  readonly registry: Registry
  readonly progress: Progress | undefined
  /** Resolves once the loop has committed the position. */
  reached(position: number): Promise<void>
  stop(): Promise<void>
}

const PATIENCE_MS = 20_000

const running = new Set<RunningLoop>()

/** Stops what failed tests left running. */
export async function stopLoops(): Promise<void> {
  await Promise.all([...running].map((loop) => loop.stop()))
}

/** Starts a loop; stop it before the test ends. */
export function startLoop({ stream = 'TELEMETRY_0', ...options }: LoopOptions): RunningLoop {
  const stopping = new AbortController()
  const registry = new Registry()
  const waiting = new Set<() => void>()
  let progress: Progress | undefined
  const done = runProjector({
    ...options,
    stream,
    registry,
    clock: systemClock,
    logger: options.logger ?? pino({ level: 'silent' }),
    signal: stopping.signal,
    limits: { lingerMs: 0, ...options.limits },
    onProgress(made) {
      progress = made
      for (const look of waiting) look()
    },
  })
  const loop: RunningLoop = {
    registry,
    get progress() {
      return progress
    },
    async reached(position) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => (progress?.position ?? 0) >= position && resolve()
      const late = setTimeout(
        () => reject(new Error(`${stream} is at ${progress?.position}, not ${position}`)),
        PATIENCE_MS,
      )
      waiting.add(look)
      look()
      await promise.finally(() => {
        waiting.delete(look)
        clearTimeout(late)
      })
    },
    async stop() {
      running.delete(loop)
      stopping.abort()
      await done
    },
  }
  running.add(loop)
  return loop
}

/** The value of a counter of the loop, over all its labels. */
export async function counted(loop: RunningLoop, name: string): Promise<number> {
  const metric = await loop.registry.getSingleMetric(`secumon_projections_${name}_total`)?.get()
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
}
