// The archive: how far it is committed, how large it is, and whether it has room.

import type { ArchiveReader } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { AMPLE_TIMES, freeBytes, isWhole, RESERVE_FILE } from '@secumon/infra/log/reserve-file'
import { join } from 'node:path'

export type ArchiveView = {
  readonly directory: string
  /** Absent where nobody can read it. */
  readonly reader?: Pick<ArchiveReader, 'segments'>
  /** What is kept for a full disk; 0: nothing. */
  readonly reserveBytes: number
}

export type ArchiveStatus = {
  /** The newest that is committed; 0: nothing is archived yet. */
  readonly flush: number
  readonly committedAtMs: number | null
  /** Since when it has had no room. */
  readonly fullSinceMs: number | null
  /** Undefined where the archive lies on another machine or does not answer in time. */
  readonly contents?: { readonly segments: number; readonly leaves: number; readonly bytes: number }
  readonly disk?: {
    readonly directory: string
    readonly freeBytes: number
    /** Room ran out: the reserve was given back, and there is too little to keep one again. */
    readonly short: boolean
  }
}

/** A store that takes longer is left out. */
const PATIENCE_MS = 1_000

export async function archiveStatus(view: ArchiveView, db: Database): Promise<ArchiveStatus> {
  const [row, contents, disk] = await Promise.all([
    db
      .selectFrom('secumon.archive_progress')
      .select(['flush', 'committed_at', 'full_since'])
      .executeTakeFirst(),
    inTime(contentsOf(view)),
    diskOf(view).catch(() => undefined),
  ])
  return {
    flush: row?.flush ?? 0,
    committedAtMs: row?.committed_at ?? null,
    fullSinceMs: row?.full_since ?? null,
    ...(contents && { contents }),
    ...(disk && { disk }),
  }
}

async function contentsOf({ reader }: ArchiveView): Promise<ArchiveStatus['contents']> {
  const segments = await reader?.segments()
  return (
    segments && {
      segments: segments.length,
      leaves: segments.reduce((sum, { leaves }) => sum + leaves, 0),
      bytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }
  )
}

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  return Promise.race([work, promise])
    .catch(() => undefined)
    .finally(() => clearTimeout(timer))
}

async function diskOf({ directory, reserveBytes }: ArchiveView): Promise<ArchiveStatus['disk']> {
  const free = await freeBytes(directory)
  const short =
    free < AMPLE_TIMES * reserveBytes && !(await isWhole(join(directory, RESERVE_FILE), reserveBytes))
  return { directory, freeBytes: free, short }
}
