// A rebuild under way tells how far it is through one row, and learns from it whether it shall go on, and how fast: an
// operator at another terminal writes there.

import type { Clock } from '@secumon/domain/clock'
import type { PlatformTables, RebuildPhase } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { pause } from '../pause.ts'
import type { BuildLimits } from './build.ts'

export class RebuildCancelled extends Error {
  override readonly name = 'RebuildCancelled'
}

export type RebuildKey = { readonly projection: string; readonly generation: number }

export type RebuildProgress = {
  readonly phase: RebuildPhase
  /** What is being done, where there is more to say. */
  readonly detail: string | null
  /** Messages taken since this process began, of the archive and the log. */
  readonly taken: number
  /** Records of the archive taken, by whatever process, of how many. */
  readonly done: number
  readonly total: number
  readonly flush: number
  /** Before this time neither archive nor log hold anything; null: not known yet. */
  readonly horizon: number | null
  readonly paused: boolean
  /** Messages a second at most; null: as fast as it goes. */
  readonly rate: number | null
}

export type Extent = {
  readonly total: number
  readonly untilFlush: number
  readonly horizonMs: number | undefined
}

export type Steering = {
  enter(phase: RebuildPhase, extent?: Extent): Promise<void>
  /**
   * Tells what was committed; waits while the rebuild is paused or ahead of its rate.
   * @throws RebuildCancelled
   */
  took(taken: { readonly messages: number; readonly flush?: number }): Promise<void>
  /** Says what is being done, for people. @throws RebuildCancelled */
  say(detail: string): Promise<void>
  /** Small enough that the rate can be kept evenly. */
  limits(limits: BuildLimits): BuildLimits
}

/** Does as it is told and tells nobody: for the moment in which the live generation is held up. */
export const unsteered = (steering: Steering): Steering => ({ ...steering, took: async () => undefined })

export type SteeringOptions = RebuildKey & {
  readonly db: Kysely<PlatformTables>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress?: (progress: RebuildProgress) => void
}

const LOOK_MS = 500

/** Steers by the row, which must be there. */
export function steering(options: SteeringOptions): Steering {
  const { db, projection, generation, clock, signal, onProgress } = options
  let progress: RebuildProgress = {
    phase: 'archive',
    detail: null,
    taken: 0,
    done: 0,
    total: 0,
    flush: 0,
    horizon: null,
    paused: false,
    rate: null,
  }
  let pace = { rate: 0, sinceMs: clock.monotonicMs(), messages: 0 }

  async function tell(set: Told): Promise<'run' | 'pause' | 'cancel'> {
    const row = await db
      .updateTable('secumon.rebuilds')
      .set({ ...set, updated_at: new Date(clock.nowMs()) })
      .where('projection', '=', projection)
      .where('generation', '=', generation)
      .returning(['wanted', 'rate', 'phase', 'detail', 'flush', 'done', 'total', 'horizon'])
      .executeTakeFirst()
    if (!row) throw new RebuildCancelled(`the rebuild of ${projection} was dropped`)
    const { wanted, ...known } = row
    progress = { ...progress, ...known, paused: wanted === 'pause' }
    onProgress?.(progress)
    return wanted
  }

  async function obey(told: Told): Promise<void> {
    let wanted = await tell(told)
    while ((wanted === 'pause' || aheadMs() > 0) && !signal.aborted) {
      await pause(wanted === 'pause' ? LOOK_MS : Math.min(aheadMs(), LOOK_MS), signal)
      wanted = await tell({})
      if (wanted === 'cancel') break
    }
    if (wanted === 'cancel') throw new RebuildCancelled(`the rebuild of ${projection} was cancelled`)
    signal.throwIfAborted()
  }

  /** How long the rate asks to wait; it counts from when it was set. */
  function aheadMs(): number {
    const rate = progress.rate ?? 0
    if (rate !== pace.rate) pace = { rate, sinceMs: clock.monotonicMs(), messages: 0 }
    if (rate === 0) return 0
    return pace.sinceMs + (pace.messages * 1_000) / rate - clock.monotonicMs()
  }

  return {
    async enter(phase, extent) {
      progress = { ...progress, phase }
      if (!extent) return obey({ phase })
      const { total, untilFlush, horizonMs } = extent
      const horizon = horizonMs === undefined ? {} : { horizon: new Date(horizonMs) }
      const begun = sql<number>`done + ${total}`
      await obey({ phase, total: begun, until_flush: untilFlush, ...horizon })
    },
    took({ messages, flush }) {
      pace.messages += messages
      progress = { ...progress, taken: progress.taken + messages }
      if (flush === undefined) return obey({})
      return obey({ flush, done: sql<number>`done + ${messages}` })
    },
    say: (detail) => obey({ detail }),
    limits: ({ maxMessages, maxBytes }) => {
      const bySecond = Math.max(1, Math.ceil(progress.rate ?? maxMessages))
      return { maxMessages: Math.min(maxMessages, bySecond), maxBytes }
    },
  }
}

type Counted = number | ReturnType<typeof sql<number>>
type Told = {
  readonly phase?: RebuildPhase
  readonly detail?: string
  readonly flush?: number
  readonly until_flush?: number
  readonly done?: Counted
  readonly total?: Counted
  readonly horizon?: Date
}
