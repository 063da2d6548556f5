// How a writer comes by the open segments of the one before it. First their directory is renamed, so that no path of an
// earlier writer leads anywhere; then each file is replaced by a copy, so that its descriptors do not either. What a
// crash cut short is left out: torn blocks, and blocks of a flush that is not whole, which was never announced.

import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ArchiveKeys, ArchiveStore } from './archive.ts'
import { syncDirectory } from './file-faults.ts'
import { listSealed, newestFlush, type ListedSegment } from './listed-segments.ts'
import { leavesAside, type LeavesAside } from './leaves-aside.ts'
import type { OpenSegment } from './open-segment.ts'
import { ASIDE, recoverSegment, scanSegment, setAside, type ScannedSegment } from './recover-segment.ts'
import { waitingSegment, type WaitingSegment } from './seal-segment.ts'
import { openDirectoryName, parseOpenDirectory, parseOpenName, parseWaitingName } from './segment-name.ts'

export type TakenOver = {
  readonly directory: string
  readonly segments: readonly OpenSegment[]
  /** In the store. */
  readonly sealed: readonly ListedSegment[]
  /** Sealed already, not yet in the store. */
  readonly waiting: readonly WaitingSegment[]
  /** Leaves that were given out and lie in no segment. */
  readonly aside: readonly LeavesAside[]
}

export type TakeOverDeps = {
  readonly directory: string
  readonly store: ArchiveStore
  readonly keys: ArchiveKeys
  readonly logger: Logger
  /** The newest flush that the database knows of: what is missing of it no crash has cut short. Default 0. */
  readonly committedFlush?: number
}

/**
 * The store is listed behind the fence: what an earlier writer still gives it can vanish from the directory no more, so
 * that it is found in one of the two.
 * @throws ArchiveFull when there is no room for a copy
 */
export async function takeOver(deps: TakeOverDeps): Promise<TakenOver> {
  const directory = await fence(deps.directory)
  const sealed = await listSealed(deps.store)
  const { waiting, scanned } = await inspect(directory, deps.logger)
  // Whatever a sealed segment has a part of is whole.
  const sealedFlush = newestFlush([...sealed, ...waiting])
  const { whole, lostUpTo } = newestWholeFlush(scanned, sealedFlush, deps)
  const segments: OpenSegment[] = []
  try {
    for (const each of scanned) {
      const segment = await recoverSegment(each, whole, { ...deps, lostUpTo })
      if (segment) segments.push(segment)
    }
    await syncDirectory(directory)
    return { directory, segments, sealed, waiting, aside: await leavesAside(directory) }
  } catch (error) {
    await Promise.all(segments.map(({ handle }) => handle.close()))
    throw error
  }
}

async function fence(root: string): Promise<string> {
  await mkdir(root, { recursive: true })
  const writers = (await readdir(root)).map(parseOpenDirectory).filter((number) => number !== undefined)
  const previous = Math.max(0, ...writers)
  const directory = join(root, openDirectoryName(previous + 1))
  if (previous === 0) await mkdir(directory)
  else await rename(join(root, openDirectoryName(previous)), directory)
  await syncDirectory(root)
  return directory
}

async function inspect(directory: string, logger: Logger) {
  const waiting: WaitingSegment[] = []
  const scanned: ScannedSegment[] = []
  for (const file of await readdir(directory)) {
    const path = join(directory, file)
    const sealed = parseWaitingName(file)
    if (sealed) waiting.push(await waitingSegment(sealed, path))
    else if (parseOpenName(file)) {
      const segment = await scanSegment(path)
      if (segment) scanned.push(segment)
      else await setAside(path, logger)
    } else if (!file.endsWith(ASIDE)) await rm(path, { force: true })
  }
  return { waiting, scanned }
}

/** Only the newest flush can have been cut short by a crash; another that is not whole is damage, and is kept. */
function newestWholeFlush(
  scanned: readonly ScannedSegment[],
  sealedFlush: number,
  { logger, committedFlush = 0 }: TakeOverDeps,
): { readonly whole: number; readonly lostUpTo: number } {
  for (const { path, holes } of scanned)
    for (const offset of holes) logger.error({ segment: path, offset }, 'an open segment is damaged')
  const missing = new Map<number, number>()
  for (const { blocks } of scanned)
    for (const { flush, flushBlocks } of blocks)
      if (flush > sealedFlush) missing.set(flush, (missing.get(flush) ?? flushBlocks) - 1)
  const newest = Math.max(sealedFlush, ...missing.keys())
  const torn = (missing.get(newest) ?? 0) > 0 && newest > committedFlush
  for (const [flush, blocks] of missing)
    if (blocks > 0 && !(torn && flush === newest))
      logger.error({ flush, blocks }, 'blocks of a flush are missing')
  const isCommittedLost =
    newest < committedFlush || [...missing].some(([flush, blocks]) => blocks > 0 && flush <= committedFlush)
  return { whole: torn ? newest - 1 : newest, lostUpTo: isCommittedLost ? committedFlush : 0 }
}
