// The buckets that have closed are made, piece by piece: one transaction makes all buckets of a time for all agents.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type QueryExecutorProvider } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { Rollup } from './definitions.ts'
import { endedDays, gatherRows } from './gather-day.ts'
import { finishStep, lockProgress, raiseSteps, type Progress } from './progress.ts'
import {
  agentsOfStatement,
  insertRange,
  ROW_MS,
  rowsExist,
  type Place,
  type TimeRange,
} from './statements.ts'

/** Rows of one piece, about. */
const PIECE_ROWS = 1_000_000
/** Whose rows are laid down together. */
const AGENTS_AT_ONCE = 500

export type Step = {
  readonly db: Database
  readonly place: Place
  readonly rollup: Rollup
  /** Buckets that end by then have closed. */
  readonly closedMs: number
  readonly signal: AbortSignal
}

/** Makes the next buckets; returns until when all are made, undefined where there is nothing to do. */
export async function stepOn(
  step: Step,
  { untilMs }: Pick<Progress, 'untilMs'>,
): Promise<number | undefined> {
  const { db, place, rollup, signal } = step
  const lastMs = Math.floor(step.closedMs / rollup.resolutionMs) * rollup.resolutionMs
  if (lastMs <= untilMs) return undefined
  const toMs = await endOfPiece(step, { fromMs: untilMs, toMs: lastMs })
  await raiseSteps(db, place, { rollup, toMs })
  signal.throwIfAborted()
  await db.transaction().execute((tx) => makePiece(tx, step, { fromMs: untilMs, toMs }))
  const ended = endedDays({ fromMs: untilMs, toMs })
  // What was made in one piece lies together.
  if (ended && ended.fromMs !== untilMs) await gather(step, ended)
  return toMs
}

async function gather({ db, place, rollup, signal }: Step, days: TimeRange): Promise<void> {
  const all = await agentsOf(db, place)
  for (let i = 0; i < all.length; i += AGENTS_AT_ONCE) {
    signal.throwIfAborted()
    const agents = all.slice(i, i + AGENTS_AT_ONCE)
    await db.transaction().execute((tx) => gatherRows(tx, place, { ...days, rollup, agents }))
  }
}

async function makePiece(tx: PlatformTx, { place, rollup, signal }: Step, piece: TimeRange): Promise<void> {
  // Somebody else was quicker.
  if ((await lockProgress(tx, place, rollup)).untilMs !== piece.fromMs) return
  await sql`delete from ${sql.table(`${place.schema}.${rollup.name}`)}
    where time >= ${new Date(piece.fromMs)} and time < ${new Date(piece.toMs)}`.execute(tx)
  // Not before: one may have come whose rows were not marked.
  const agents = await agentsOf(tx, place)
  const atOnce = agentsOfStatement(piece)
  for (let i = 0; i < agents.length; i += atOnce) {
    signal.throwIfAborted()
    const some = agents.slice(i, i + atOnce)
    await insertRange(place, rollup, { ...piece, agents: some }).execute(tx)
  }
  await finishStep(tx, place, { rollup, toMs: piece.toMs })
}

// A time without rows, however long, and what comes after it, as much as may be in one piece.
async function endOfPiece({ db, place, rollup }: Step, { fromMs, toMs }: TimeRange): Promise<number> {
  const { resolutionMs } = rollup
  if (toMs - fromMs <= resolutionMs) return toMs
  const byRows = (PIECE_ROWS / Math.max(1, (await agentsOf(db, place)).length)) * ROW_MS
  const mostMs = Math.max(resolutionMs, Math.min(DAY_MS, floorTo(byRows, resolutionMs)))
  let [emptyMs, endMs] = [fromMs, toMs]
  while (endMs - emptyMs > mostMs) {
    const middleMs = halfWay(emptyMs, endMs, resolutionMs)
    if (await rowsExist(db, place, { rollup, fromMs: emptyMs, toMs: middleMs })) endMs = middleMs
    else emptyMs = middleMs
  }
  return endMs
}

// At midnight where it can be: what lies between two of them lies in one partition.
function halfWay(fromMs: number, toMs: number, resolutionMs: number): number {
  const middleMs = fromMs + (toMs - fromMs) / 2
  const midnightMs = floorTo(middleMs, DAY_MS)
  return midnightMs > fromMs ? midnightMs : Math.max(fromMs + resolutionMs, floorTo(middleMs, resolutionMs))
}

/** All agents that a generation has rows of. */
async function agentsOf(
  db: QueryExecutorProvider,
  { projection, version }: Place,
): Promise<readonly string[]> {
  const { rows } = await sql<{ agent: string }>`select distinct agent from secumon.agent_position
    where projection = ${projection} and version = ${version} order by agent`.execute(db)
  return rows.map(({ agent }) => agent)
}

const floorTo = (ms: number, widthMs: number): number => Math.floor(ms / widthMs) * widthMs
