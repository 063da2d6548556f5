// Lets go of what lies before certain days: floors first, of all relations, then what lies below them.

import { QUERIES_FOLLOW_MS } from '../live-generation.ts'
import type { Generation } from '../generations.ts'
import { pause } from '../pause.ts'
import type { JobContext } from '../storage/storage-job.ts'
import { dropBefore } from './retention-drop.ts'
import { raiseFloor, type WantedFloor } from './retention-floor.ts'

export type LetGo = {
  /** What was dropped, in words. */
  readonly dropped: readonly string[]
  /** What may not be dropped yet, and why. */
  readonly waits: readonly string[]
}

/**
 * Where somebody keeps a relation locked the others are done all the same.
 * @throws what kept one of them from being done
 */
export async function letGo(
  context: JobContext,
  live: Generation,
  wanted: readonly WantedFloor[],
): Promise<LetGo> {
  const { db, signal, queriesFollowMs = QUERIES_FOLLOW_MS * 2 } = context
  const floors: Floor[] = []
  const waits: string[] = []
  let isHigher = false
  for (const each of wanted) {
    const raised = await raiseFloor(db, live, each)
    if (raised.floorMs !== undefined) floors.push({ relation: each.relation, floorMs: raised.floorMs })
    if (raised.waitsFor !== undefined) waits.push(raised.waitsFor)
    isHigher ||= raised.isHigher
  }
  // A query that knew of the floors before may still ask for what lies below them.
  if (isHigher) await pause(queriesFollowMs, signal)
  signal.throwIfAborted()
  return { dropped: await dropBelow(context, live, floors), waits }
}

type Floor = { readonly relation: string; readonly floorMs: number }

async function dropBelow(
  { db, signal, logger }: JobContext,
  { schema }: Generation,
  floors: readonly Floor[],
): Promise<string[]> {
  const dropped: string[] = []
  const failures: unknown[] = []
  for (const { relation, floorMs } of floors) {
    try {
      const below = { schema, table: relation, beforeMs: floorMs }
      const { names, rows } = await dropBefore(db, below, signal)
      if (names.length > 0) dropped.push(`dropped ${names.join(', ')}`)
      if (rows > 0) dropped.push(`removed ${rows} rows of ${relation}`)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (dropped.length > 0) logger.info({ dropped }, 'samples are past their retention')
  if (failures.length > 0) throw failures[0]
  return dropped
}
