// Going on without what the archive has lost: positions go back to where the archive ends, and the log is read again from
// its beginning, so that what it still holds is archived once more. What it does not hold is told as holes. Done under
// the archiver's lock; should the lost part turn up before anything was written, it is adopted as ever.

import type { ArchiveReader, ArchiveWriter } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { withProjectionLock } from '../projection-lock.ts'
import { ARCHIVE_CHECKPOINT } from '../rebuild/replay-archive.ts'
import { adoptAggregates, adoptChains, committedFlush, newestOfLanes, writeProgress } from './adopt.ts'
import { ARCHIVE, ARCHIVER_LOCK } from './archive-key.ts'
import { findLoss, type FoundLoss } from './find-loss.ts'

/** An archiver holds the archive: one that works, so that nothing is lost, or one that has been stopped in its work. */
export class ArchiverAtWork extends Error {
  override readonly name = 'ArchiverAtWork'
}
/** It is no longer what was found, and agreed to. */
export class LossChanged extends Error {
  override readonly name = 'LossChanged'
}

export type LossPlaces = {
  readonly db: Database
  readonly openWriter: (committedFlush: number) => Promise<ArchiveWriter>
  readonly reader: Pick<ArchiveReader, 'segments'>
  /** An archiver that fails holds its lock for moments only. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 15_000
const AGAIN_MS = 50

/** Undefined when nothing is lost. @throws ArchiverAtWork */
export async function lookForLoss(places: LossPlaces): Promise<FoundLoss | undefined> {
  let found: FoundLoss | undefined
  await holding(places, async (db, writer) => {
    found = await findLoss({ db, writer, segments: await places.reader.segments() })
  })
  return found
}

/** Archiving can go on afterwards. @throws ArchiverAtWork, LossChanged */
export async function acceptLoss(places: LossPlaces, accepted: FoundLoss): Promise<void> {
  await holding(places, async (db, writer) => {
    const found = await findLoss({ db, writer, segments: await places.reader.segments() })
    if (found?.foundFlush !== accepted.foundFlush || found.committedFlush !== accepted.committedFlush)
      throw new LossChanged('the archive or the database has changed meanwhile; look again')
    // Flushes that lack blocks end here: readers take what a sealed segment has for whole.
    await writer.sealAll()
    await setBack(db, writer)
  })
}

async function holding(
  { db, openWriter, patienceMs = PATIENCE_MS }: LossPlaces,
  work: (db: Database, writer: ArchiveWriter) => Promise<void>,
): Promise<void> {
  const withWriter = async (connection: Database): Promise<void> => {
    const writer = await openWriter(await committedFlush(connection))
    try {
      await work(connection, writer)
    } finally {
      await writer.close()
    }
  }
  const deadline = performance.now() + patienceMs
  while (!(await withProjectionLock(db, ARCHIVER_LOCK, withWriter))) {
    if (performance.now() > deadline)
      throw new ArchiverAtWork('an archiver holds the archive: then nothing that was committed is lost')
    await sleep(AGAIN_MS)
  }
}

async function setBack(db: Database, writer: ArchiveWriter): Promise<void> {
  const heads = await writer.headsSince(0)
  await db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit = on`.execute(tx)
    for (const table of ['agent_position', 'aggregate_position'] as const)
      await tx
        .deleteFrom(`secumon.${table}`)
        .where('projection', '=', ARCHIVE.projection)
        .where('version', '=', ARCHIVE.version)
        .execute()
    await adoptChains(tx, newestOfLanes(heads.chains))
    await adoptAggregates(tx, heads.aggregates)
    await readAgain(tx, writer.flush)
    await writeProgress(tx, writer.flush)
  })
}

// Streams from their beginnings: a mark says nothing of what lies in a lost segment of another tenant. Numbers of flushes
// are given out again, so that no rebuild may stand beyond them.
async function readAgain(tx: Database, flush: number): Promise<void> {
  await tx
    .updateTable('secumon.checkpoints')
    .set({ position: 0, hash: null, marks: '[]', fence: sql<number>`fence + 1` })
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .execute()
  await tx
    .updateTable('secumon.checkpoints')
    .set({ position: flush })
    .where('stream', '=', ARCHIVE_CHECKPOINT)
    .where('position', '>', flush)
    .execute()
}
