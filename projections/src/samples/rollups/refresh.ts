// Keeps the rollups of a generation up to date, where the database does not: buckets that have closed are made, those that
// got rows afterwards are made again. May be interrupted at any moment, and run twice at once.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import type { Generation } from '../../generations.ts'
import { isOfSamples } from './columns.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import { remakeLate } from './late.ts'
import { lockProgress, readProgress, takeBack, type Progress } from './progress.ts'
import { ownRollups, placeOf } from './place.ts'
import type { Place } from './statements.ts'
import { stepOn } from './step.ts'

/** Rows come within seconds. What comes later than this after its bucket has closed makes it once more. */
const GRACE_MS = 2 * 60_000
/** A rollup that is further ahead of the time than this was led there by a clock that was wrong. */
const AHEAD_MS = 24 * 3_600_000

export type Refresh = {
  readonly db: Database
  readonly generation: Generation
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Called after each transaction: up to when a rollup is made. */
  readonly onProgress?: (rollup: Rollup, untilMs: number) => Promise<void> | void
}

export type Refreshed = {
  /** Time by which the rollups were brought forward, all together, ms. */
  steppedMs: number
  /** Buckets of agents that were made again. */
  remade: number
  /** Buckets that got rows after what they were made of had been dropped. */
  tooLate: number
}

/** Makes all that can be made by now; nothing where the database makes them. @throws the signal's reason */
export async function refreshRollups(refresh: Refresh): Promise<Refreshed> {
  const place = await placeOf(refresh.db, refresh.generation)
  const ours = await ownRollups(refresh.db, place)
  const done: Refreshed = { steppedMs: 0, remade: 0, tooLate: 0 }
  for (const rollup of ours) {
    const steppedMs = await step({ ...refresh, place, rollup })
    const { remade, tooLate } = await remakeAll({ ...refresh, place, rollup })
    done.steppedMs += steppedMs
    done.remade += remade
    done.tooLate += tooLate
  }
  return done
}

export type Work = Refresh & { readonly place: Place; readonly rollup: Rollup }

async function step(work: Work): Promise<number> {
  const { rollup, signal, onProgress } = work
  let steppedMs = 0
  for (;;) {
    signal.throwIfAborted()
    const progress = await begun(work)
    const untilMs = await stepOn({ ...work, closedMs: await closedMs(work) }, progress)
    if (untilMs === undefined) return steppedMs
    // What lies before the first row is no work.
    if (progress.untilMs > 0) steppedMs += untilMs - progress.untilMs
    await onProgress?.(rollup, untilMs)
  }
}

// A coarser rollup goes as far as the finer one that it is made of.
async function closedMs({ db, place, rollup, nowMs }: Work): Promise<number> {
  if (isOfSamples(rollup)) return nowMs - GRACE_MS
  const source = ROLLUPS.find(({ name }) => name === rollup.source)
  return (source && (await readProgress(db, place, source))?.untilMs) ?? 0
}

/**
 * How far it is; begun where it was not. A clock that was ahead may have led it far beyond the present, so that every row
 * would be late: it is taken back to the present, but not to where rows of it are. By a clock that is behind nothing else
 * comes of it than going that way once more.
 */
async function begun({ db, place, rollup, nowMs }: Work): Promise<Progress> {
  const progress = await readProgress(db, place, rollup)
  if (progress && progress.untilMs <= nowMs + AHEAD_MS) return progress
  return db.transaction().execute(async (tx) => {
    const held = await lockProgress(tx, place, rollup)
    if (held.untilMs <= nowMs + AHEAD_MS) return held
    const { rows } = await sql<{ newest: number | null }>`
      select max(time) as newest from ${sql.table(`${place.schema}.${rollup.name}`)}`.execute(tx)
    const endMs = (rows[0]?.newest ?? 0) + rollup.resolutionMs
    const toMs = Math.min(held.untilMs, Math.max(endMs, startOf(rollup, nowMs)))
    await takeBack(tx, place, { rollup, toMs })
    return { ...held, untilMs: toMs, steppingToMs: toMs }
  })
}

const startOf = ({ resolutionMs }: Rollup, ms: number): number => Math.floor(ms / resolutionMs) * resolutionMs

/** Makes all again that is marked. @throws the signal's reason */
export async function remakeAll({
  signal,
  onProgress,
  ...late
}: Work): Promise<Pick<Refreshed, 'remade' | 'tooLate'>> {
  let [remade, tooLate] = [0, 0]
  for (;;) {
    signal.throwIfAborted()
    const done = await remakeLate(late)
    remade += done.buckets
    tooLate += done.tooLate
    if (done.marks === 0) return { remade, tooLate }
    await onProgress?.(late.rollup, (await readProgress(late.db, late.place, late.rollup))?.untilMs ?? 0)
  }
}
