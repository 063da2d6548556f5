// The buckets that have closed are made, piece by piece: one transaction makes all buckets of a time for all agents.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type QueryExecutorProvider } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { Rollup } from './definitions.ts'
import { endedDays, gatherRows } from './gather-day.ts'
import { finishStep, lockProgress, raiseSteps, type Progress } from './progress.ts'
import {
  insertRange,
  ROW_MS,
  rowsExist,
  weightOfStatement,
  type Place,
  type TimeRange,
} from './statements.ts'
import { partsOf, sumOf, weightsOf, type Weights } from './weights.ts'

/** Rows of one piece, about. */
const PIECE_ROWS = 1_000_000
/** What agents weigh whose rows are laid down together. */
const LAID_DOWN_AT_ONCE = 500

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
  const weights = await weightsOf(db, place.schema, rollup)
  const toMs = await endOfPiece(step, weights, { fromMs: untilMs, toMs: lastMs })
  await raiseSteps(db, place, { rollup, toMs })
  signal.throwIfAborted()
  await db.transaction().execute((tx) => makePiece(tx, step, { fromMs: untilMs, toMs, weights }))
  const ended = endedDays({ fromMs: untilMs, toMs })
  // What was made in one piece lies together.
  if (ended && ended.fromMs !== untilMs) await gather(step, weights, ended)
  return toMs
}

async function gather({ db, place, rollup, signal }: Step, weights: Weights, days: TimeRange): Promise<void> {
  for (const agents of partsOf(await agentsOf(db, place), weights, LAID_DOWN_AT_ONCE)) {
    signal.throwIfAborted()
    await db.transaction().execute((tx) => gatherRows(tx, place, { ...days, rollup, agents }))
  }
}

type Piece = TimeRange & { readonly weights: Weights }

async function makePiece(tx: PlatformTx, { place, rollup, signal }: Step, piece: Piece): Promise<void> {
  // Somebody else was quicker.
  if ((await lockProgress(tx, place, rollup)).untilMs !== piece.fromMs) return
  await sql`delete from ${sql.table(`${place.schema}.${rollup.name}`)}
    where time >= ${new Date(piece.fromMs)} and time < ${new Date(piece.toMs)}`.execute(tx)
  // Not before: one may have come whose rows were not marked.
  const agents = await agentsOf(tx, place)
  for (const some of partsOf(agents, piece.weights, weightOfStatement(piece))) {
    signal.throwIfAborted()
    await insertRange(place, rollup, { ...piece, agents: some }).execute(tx)
  }
  await finishStep(tx, place, { rollup, toMs: piece.toMs })
}

// A time without rows, however long, and what comes after it, as much as may be in one piece.
async function endOfPiece(
  { db, place, rollup }: Step,
  weights: Weights,
  { fromMs, toMs }: TimeRange,
): Promise<number> {
  const { resolutionMs } = rollup
  if (toMs - fromMs <= resolutionMs) return toMs
  const mostMs = lengthOfPiece(sumOf(weights, await agentsOf(db, place)), resolutionMs)
  let [emptyMs, endMs] = [fromMs, toMs]
  while (endMs - emptyMs > mostMs) {
    const middleMs = halfWay(emptyMs, endMs, resolutionMs)
    if (await rowsExist(db, place, { rollup, fromMs: emptyMs, toMs: middleMs })) endMs = middleMs
    else emptyMs = middleMs
  }
  return endMs
}

/** How much of the time one piece is, of agents that weigh so much together: whole buckets, and at most a day. */
export function lengthOfPiece(weight: number, resolutionMs: number): number {
  const byRows = (PIECE_ROWS / Math.max(1, weight)) * ROW_MS
  return Math.max(resolutionMs, Math.min(DAY_MS, floorTo(byRows, resolutionMs)))
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
