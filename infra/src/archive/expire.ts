// Lets the records of a sealed segment go and keeps their leaf hashes: a stub takes its place, with the heads of its
// blocks and an index that still tells where its chains stand.

import { createHash } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ArchiveDamaged, type ArchiveStore, type SegmentInfo } from './archive.ts'
import { frameBlock } from './block.ts'
import { needingRoom, syncDirectory } from './file-faults.ts'
import { FileWindow } from './file-window.ts'
import { blockAt, readStart } from './segment-blocks.ts'
import { readContents } from './segment-contents.ts'
import { encodeFooter, encodeStart, HASHES_MAGIC } from './segment-file.ts'
import { encodeIndex, type BlockPlace, type SegmentContents } from './segment-index.ts'
import { parseSealedName, sealedName, waitingName } from './segment-name.ts'

export type ExpiryPlaces = {
  /** Where the stub is written before the store takes it; on the store's file system when that is a directory. */
  readonly directory: string
  readonly store: ArchiveStore
}

/**
 * Replaces a sealed segment by its `hashes` stub. Safe to repeat after a crash at any point.
 * @returns the stub's name in the store
 * @throws ArchiveDamaged when the segment is not what it was: it is left as it is
 */
export async function expireSegment(
  { directory, store }: ExpiryPlaces,
  { name, sizeBytes }: Pick<SegmentInfo, 'name' | 'sizeBytes'>,
): Promise<string> {
  const parsed = parseSealedName(name)
  if (parsed?.state !== 'sealed') throw new Error(`not a sealed segment: ${name}`)
  const stub = await stubOf(store, name, sizeBytes)
  const stubName = sealedName({ ...parsed, state: 'hashes' })
  const path = join(directory, STUB_DIRECTORY, waitingName(stubName))
  await mkdir(join(directory, STUB_DIRECTORY), { recursive: true })
  await needingRoom(() => writeSynced(path, stub))
  await syncDirectory(join(directory, STUB_DIRECTORY))
  await store.take(stubName, path)
  await store.remove(name)
  return stubName
}

/** Beside the writers' directories; what a crash leaves there is overwritten. */
const STUB_DIRECTORY = '.stubs'

async function stubOf(store: ArchiveStore, name: string, sizeBytes: number): Promise<Buffer> {
  const read = (offset: number, length: number): Promise<Buffer> => store.read(name, { offset, length })
  const contents = await readContents(name, sizeBytes, read)
  const window = new FileWindow(read, 4 * 1024 ** 2)
  const start = await readStart(window)
  if (!start) throw new ArchiveDamaged(name, 0, 'no header')
  const parts = [encodeStart(start.header, HASHES_MAGIC)]
  const blocks: BlockPlace[] = []
  let offset = parts[0]?.length ?? 0
  for (const place of contents.blocks) {
    const block = await blockAt(window, place.offset)
    if (!block)
      throw new ArchiveDamaged(name, place.offset, 'no block that is whole, where the index has one')
    const bytes = frameBlock(block.headBytes, new Uint8Array())
    parts.push(bytes)
    blocks.push({ ...place, offset, bytes: bytes.length })
    offset += bytes.length
  }
  const content = Buffer.concat(parts)
  const hash = createHash('sha256').update(content).digest()
  return Buffer.concat([content, encodeFooter(encodeIndex(withoutPlaces(contents, blocks), hash))])
}

// Which blocks a chain lay in is of no use any more; the last one tells the flush of its head.
const withoutPlaces = (contents: SegmentContents, blocks: readonly BlockPlace[]): SegmentContents => ({
  ...contents,
  blocks,
  chains: contents.chains.map((chain) => ({ ...chain, blocks: chain.blocks.slice(-1) })),
  aggregates: contents.aggregates.map((each) => ({ ...each, blocks: each.blocks.slice(-1) })),
})

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  try {
    await using handle = await open(path, 'w')
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}
