// A damaged archive is told, and does not keep the log closed: what cannot be read is lost to reconcile either way.

import type { Logger } from 'pino'
import { ArchiveDamaged } from '../archive/archive.ts'

/** What the work gives, or the fallback when it meets damage. */
export async function unlessDamaged<T>(logger: Logger, work: () => Promise<T>, fallback: T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ArchiveDamaged)) throw error
    logger.error({ err: error }, 'the archive is damaged: from there on nothing can be restored from it')
    return fallback
  }
}
