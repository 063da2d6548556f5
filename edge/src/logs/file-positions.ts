// How far a source of files has come, as it lies in the note of the spool.

import type { Place } from './tailed-file.ts'

export type KnownFile = {
  readonly path: string
  readonly key: string
  readonly place: Place
  /** It had no name any more, and nothing of it was unread; or what was unread is told as lost. */
  readonly isFinished: boolean
}

type Row = readonly [path: string, key: string, offset: number, guard: string, flags: number]

const CUTTING = 1
const FINISHED = 2

export const writePositions = (files: readonly KnownFile[]): readonly Row[] =>
  files.map(({ path, key, place, isFinished }) => {
    const flags = (place.isCutting ? CUTTING : 0) + (isFinished ? FINISHED : 0)
    return [path, key, place.offset, place.guard.toString('base64'), flags]
  })

/** What `writePositions` wrote; what it did not write is left out. */
export const readPositions = (rows: unknown): KnownFile[] =>
  (Array.isArray(rows) ? rows : []).filter(isRow).map(([path, key, offset, guard, flags]) => ({
    path,
    key,
    place: { offset, guard: Buffer.from(guard, 'base64'), isCutting: (flags & CUTTING) !== 0 },
    isFinished: (flags & FINISHED) !== 0,
  }))

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row)) return false
  const [path, key, offset, guard, flags]: unknown[] = row
  const isText = [path, key, guard].every((value) => typeof value === 'string')
  return isText && Number.isSafeInteger(offset) && Number.isSafeInteger(flags)
}
