// How a writer comes by the open segments of the one before it. First their directory is renamed, so that no path of an
// earlier writer leads anywhere; then each file is replaced by a copy, so that its descriptors do not either. What a
// crash cut short is left out: torn blocks, and blocks of a flush that is not whole, which was never announced.

import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveKeys } from './archive.ts'
import { needingRoom, syncDirectory } from './file-faults.ts'
import { FileWindow, readHandle, readPath } from './file-window.ts'
import { OpenSegment } from './open-segment.ts'
import type { WaitingSegment } from './seal-segment.ts'
import { blockLeaves, readStart, validBlocks } from './segment-blocks.ts'
import type { SegmentStart } from './segment-file.ts'
import {
  openDirectoryName,
  parseOpenDirectory,
  parseOpenName,
  parseWaitingName,
  sealedName,
  type SealedName,
} from './segment-name.ts'

export type TakenOver = {
  readonly directory: string
  readonly segments: readonly OpenSegment[]
  /** Sealed already, not yet in the store. */
  readonly waiting: readonly WaitingSegment[]
}

type Found = { readonly path: string; readonly start: SegmentStart; readonly blocks: readonly FoundBlock[] }
type FoundBlock = { readonly end: number; readonly flush: number; readonly flushBlocks: number }

const COPY = '.copy'

/** @param sealedFlush newest flush of the sealed segments: whatever it has is whole */
export async function takeOver(root: string, keys: ArchiveKeys, sealedFlush: number): Promise<TakenOver> {
  const directory = await fence(root)
  const files = await readdir(directory)
  const waiting: WaitingSegment[] = []
  const found: Found[] = []
  for (const file of files) {
    const path = join(directory, file)
    const sealed = parseWaitingName(file)
    const scanned = parseOpenName(file) && (await scan(path))
    if (sealed) waiting.push(await waitingSegment(sealed, path))
    else if (scanned) found.push(scanned)
    else await rm(path)
  }
  const cut = torn(found, Math.max(sealedFlush, ...waiting.map(({ lastFlush }) => lastFlush)))
  const segments: OpenSegment[] = []
  for (const each of found) {
    const segment = await replace(each, keys, cut)
    if (segment) segments.push(segment)
  }
  await syncDirectory(directory)
  return { directory, segments, waiting }
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

async function waitingSegment(sealed: SealedName, path: string): Promise<WaitingSegment> {
  const { size: sizeBytes } = await stat(path)
  return { ...sealed, name: sealedName(sealed), path, sizeBytes, read: readPath(path) }
}

async function scan(path: string): Promise<Found | undefined> {
  const handle = await open(path)
  try {
    const window = new FileWindow(readHandle(handle))
    const start = await readStart(window)
    if (!start) return undefined
    const blocks: FoundBlock[] = []
    for await (const { offset, block } of validBlocks(window, start.sizeBytes)) {
      const { flush, flushBlocks } = block.head
      blocks.push({ end: offset + block.sizeBytes, flush, flushBlocks })
    }
    return { path, start, blocks }
  } finally {
    await handle.close()
  }
}

/** The newest flush when not all of its blocks are there; else one that never was. */
function torn(found: readonly Found[], sealedFlush: number): number {
  const newest = Math.max(sealedFlush, ...found.map(({ blocks }) => blocks.at(-1)?.flush ?? 0))
  const blocks = found.flatMap((each) => each.blocks.filter(({ flush }) => flush === newest))
  const whole = newest <= sealedFlush || blocks.length === blocks[0]?.flushBlocks
  return whole ? newest + 1 : newest
}

async function replace({ path, start, blocks }: Found, keys: ArchiveKeys, cut: number) {
  const kept = blocks.filter(({ flush }) => flush < cut)
  const end = kept.at(-1)?.end
  if (end === undefined) {
    await rm(path)
    return undefined
  }
  await copyPrefix(path, end)
  await rename(path + COPY, path)
  const handle = await open(path, 'r+')
  const segment = new OpenSegment(start.header, path, handle, end)
  await foldBlocks(segment, start.sizeBytes, keys)
  return segment
}

const PIECE_BYTES = 1024 ** 2

async function copyPrefix(path: string, sizeBytes: number): Promise<void> {
  await using from = await open(path)
  await using to = await open(path + COPY, 'w')
  const read = readHandle(from)
  await needingRoom(async () => {
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
      await to.appendFile(await read(at, Math.min(PIECE_BYTES, sizeBytes - at)))
    await to.sync()
  })
}

async function foldBlocks(segment: OpenSegment, from: number, keys: ArchiveKeys): Promise<void> {
  const home = { ...segment.header, name: segment.path }
  for await (const { offset, block } of validBlocks(new FileWindow(readHandle(segment.handle)), from)) {
    const records = await blockLeaves(keys, home, { offset, block })
    segment.take({ offset, sizeBytes: block.sizeBytes, head: block.head, records })
    if (!records) segment.shredded = true
  }
}
