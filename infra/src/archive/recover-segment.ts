// One open segment of an earlier writer: what of it is whole, and a file of our own with just that.

import { constants, copyFile, open, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { ArchiveKeys } from './archive.ts'
import { claimedHead } from './block.ts'
import { needingRoom } from './file-faults.ts'
import { FileWindow, readHandle } from './file-window.ts'
import { OpenSegment } from './open-segment.ts'
import { blockLeaves, readStart, wholeBlocks } from './segment-blocks.ts'
import { MAX_START_BYTES, type SegmentStart } from './segment-file.ts'

type ScannedBlock = {
  readonly offset: number
  readonly end: number
  readonly flush: number
  readonly flushBlocks: number
}

export type ScannedSegment = {
  readonly path: string
  readonly start: SegmentStart
  readonly blocks: readonly ScannedBlock[]
  /** Where bytes that are no block lie between others: damage. */
  readonly holes: readonly number[]
}

const COPY = '.copy'
/** Ending of a file that is kept for somebody to look at. */
export const ASIDE = '.damaged'

/** Undefined when the file does not begin as a segment. */
export async function scanSegment(path: string): Promise<ScannedSegment | undefined> {
  await using handle = await open(path)
  const window = new FileWindow(readHandle(handle), 1024 ** 2)
  const start = await readStart(window)
  if (!start) return undefined
  const blocks: ScannedBlock[] = []
  const holes: number[] = []
  let end = start.sizeBytes
  for await (const { offset, block } of wholeBlocks(window, end, (await handle.stat()).size)) {
    const { flush, flushBlocks } = block.head
    if (offset > end) holes.push(end)
    end = offset + block.sizeBytes
    blocks.push({ offset, end, flush, flushBlocks })
  }
  return { path, start, blocks, holes }
}

export type Recovery = {
  readonly keys: ArchiveKeys
  readonly logger: Logger
  /** The newest committed flush when something of those up to it is not there; else 0. What may be that is kept aside. */
  readonly lostUpTo: number
}

/**
 * Copies the blocks up to a flush, as they lie, to a file that no earlier writer has open. Undefined without any: then it
 * goes, unless there are bytes in it that nobody knows.
 */
export async function recoverSegment(
  { path, start, blocks }: ScannedSegment,
  untilFlush: number,
  { keys, logger, lostUpTo }: Recovery,
): Promise<OpenSegment | undefined> {
  const kept = blocks.filter(({ flush }) => flush <= untilFlush)
  const end = kept.at(-1)?.end
  if (end === undefined) {
    const isUnknown = blocks.length === 0 && (await stat(path)).size > start.sizeBytes
    await (isUnknown ? keepAside(path, logger, 'an open segment has no whole block') : rm(path))
    return undefined
  }
  if (lostUpTo > 0) await keepTail(path, blocks.at(-1)?.end ?? end, { logger, lostUpTo })
  await replaceByCopy(path, end)
  const segment = new OpenSegment(start.header, path, await open(path, 'r+'), end)
  try {
    await fold(segment, start.sizeBytes, keys)
  } catch (error) {
    await segment.handle.close()
    throw error
  }
  return segment
}

/** A file that a crash left without a header goes; one that is more than that is kept under another name. */
export async function setAside(path: string, logger: Logger): Promise<void> {
  const { size } = await stat(path)
  if (size <= MAX_START_BYTES) return rm(path)
  return keepAside(path, logger, 'an open segment has no header')
}

async function keepAside(path: string, logger: Logger, why: string): Promise<void> {
  logger.error({ segment: path, offset: 0 }, `${why}: it is set aside`)
  await rename(path, path + ASIDE)
}

async function keepTail(
  path: string,
  from: number,
  { logger, lostUpTo }: Omit<Recovery, 'keys'>,
): Promise<void> {
  await using handle = await open(path)
  const { size } = await handle.stat()
  if (size <= from) return
  const tail = await readHandle(handle)(from, size - from)
  if ((claimedHead(tail)?.flush ?? 0) > lostUpTo) return
  logger.error({ segment: path, offset: from }, 'what was committed does not end whole: it is set aside')
  await needingRoom(() => writeFile(`${path}.${from}${ASIDE}`, tail, { flush: true }))
}

async function replaceByCopy(path: string, sizeBytes: number): Promise<void> {
  const copy = path + COPY
  try {
    await needingRoom(() => copyFile(path, copy, constants.COPYFILE_FICLONE))
    await truncate(copy, sizeBytes)
    await using handle = await open(copy, 'r+')
    await needingRoom(() => handle.sync())
  } catch (error) {
    await rm(copy, { force: true })
    throw error
  }
  await rename(copy, path)
}

async function fold(segment: OpenSegment, from: number, keys: ArchiveKeys): Promise<void> {
  const home = { ...segment.header, name: segment.path }
  const window = new FileWindow(readHandle(segment.handle), 1024 ** 2)
  for await (const { offset, block } of wholeBlocks(window, from, segment.sizeBytes)) {
    const records = await blockLeaves(keys, home, { offset, block })
    segment.take({ offset, sizeBytes: block.sizeBytes, head: block.head, records })
    if (!records) segment.shredded = true
  }
}
