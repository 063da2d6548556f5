// What the archiver does when its disk is full: it says so once a minute, asks for room, and waits. Nothing is lost
// meanwhile, because nothing becomes durable.

import type { ArchiveFull } from '@secumon/infra/archive/archive'
import type { Archiving } from './archive-loop.ts'

/** Has room made, where somebody can. */
export async function makeRoom(
  { state, logger, db, onFull }: Pick<Archiving, 'state' | 'logger' | 'db' | 'onFull'>,
  error: ArchiveFull,
): Promise<void> {
  if (state.full())
    logger.error({ err: error }, 'the archive has no room on its disk: agents keep what they have')
  try {
    await db
      .updateTable('secumon.archive_progress')
      .set({ full_since: new Date() })
      .where('full_since', 'is', null)
      .execute()
    await onFull?.()
  } catch (failure) {
    logger.warn({ err: failure }, 'no room could be made for the archive')
  }
}
