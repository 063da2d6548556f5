// How far a projection has come in a stream: one row, moved by compare-and-set beside the rows it stands for.

import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { Mark, PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import { CheckpointMoved } from './failure.ts'
import { addMark, isMarkDue } from './marks.ts'

/** `version` is the number of the generation. */
export type CheckpointKey = { readonly projection: string; readonly version: number; readonly stream: string }

export type Checkpoint = CheckpointKey & {
  /** 0 before the first message. */
  readonly position: number
  /** Of the message at `position`; undefined when it stands before the first held. */
  readonly hash: Uint8Array | undefined
  /** Raised by each instance that takes over, so that a stale one cannot commit. */
  readonly fence: number
  readonly marks: readonly Mark[]
}

type Db = Kysely<PlatformTables>

/** Takes the checkpoint over: creates it when there is none, and raises its fence. */
export async function claimCheckpoint(db: Db, key: CheckpointKey): Promise<Checkpoint> {
  const row = await db
    .insertInto('secumon.checkpoints')
    .values({ ...key, position: 0, hash: null, fence: 1, marks: '[]' })
    .onConflict((conflict) =>
      conflict.columns(['projection', 'version', 'stream']).doUpdateSet({
        fence: sql<number>`secumon.checkpoints.fence + 1`,
      }),
    )
    .returning(['position', 'hash', 'fence', 'marks'])
    .executeTakeFirstOrThrow()
  return { ...key, ...row, hash: row.hash ?? undefined }
}

/** The checkpoint once `message` is committed, with a mark when one is due. */
export function advance(checkpoint: Checkpoint, message: LogMessage, nowMs: number): Checkpoint {
  const hash = message.hash()
  const { position } = message
  const marks = isMarkDue(checkpoint.marks, nowMs)
    ? addMark(checkpoint.marks, { position, hash: Buffer.from(hash).toString('base64'), atMs: nowMs })
    : checkpoint.marks
  return { ...checkpoint, position, hash, marks }
}

/**
 * Moves the row from one state to the next. First in its transaction: it locks out any other instance.
 * @throws CheckpointMoved when the row is not where this instance left it
 */
export async function moveCheckpoint(db: Db, from: Checkpoint, to: Checkpoint, nowMs: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('secumon.checkpoints')
    .set({ position: to.position, hash: to.hash ?? null, committed_at: new Date(nowMs) })
    .$if(to.marks !== from.marks, (query) => query.set({ marks: JSON.stringify(to.marks) }))
    .where('projection', '=', from.projection)
    .where('version', '=', from.version)
    .where('stream', '=', from.stream)
    .where('position', '=', from.position)
    .where('fence', '=', from.fence)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows !== 1n)
    throw new CheckpointMoved(`${from.projection} is no longer at ${from.position} of ${from.stream}`)
}

export type Standing = { readonly stream: string; readonly position: number }

/** Where a generation stands in each stream it has begun. */
export const checkpointsOf = (
  db: Db,
  { projection, generation }: { readonly projection: string; readonly generation: number },
): Promise<Standing[]> =>
  db
    .selectFrom('secumon.checkpoints')
    .select(['stream', 'position'])
    .where('projection', '=', projection)
    .where('version', '=', generation)
    .orderBy('stream')
    .execute()
