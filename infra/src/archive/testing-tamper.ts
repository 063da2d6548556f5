// Somebody with the keys who changes a sealed segment and makes everything within it agree again.

import { leafHash, decodeRecord } from '@secumon/contracts/archive-leaf'
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveKeys } from './archive.ts'
import { decodeContent, encodeContent, type ContentEntry } from './block-content.ts'
import { openBlock, sealBlock, type Block } from './block.ts'
import { FileWindow } from './file-window.ts'
import { wholeBlocks } from './segment-blocks.ts'
import { decodeStart, encodeFooter, encodeStart } from './segment-file.ts'
import { SegmentFold } from './segment-fold.ts'
import { encodeIndex } from './segment-index.ts'
import { parseSealedName, sealedName } from './segment-name.ts'

export type OpenedBlock = {
  readonly offset: number
  readonly head: Block['head']
  readonly entries: readonly ContentEntry[]
}

export function tamper({ directory, keys }: { directory: string; keys: ArchiveKeys }, name: string) {
  const named = parseSealedName(name)
  if (!named) throw new Error(`no segment: ${name}`)
  const path = join(directory, name)

  const keyOf = async (keyId: string) => (await keys.find(named.tenant, keyId)) ?? new Uint8Array(32)

  const blocks = async (): Promise<OpenedBlock[]> => {
    const bytes = await readFile(path)
    const window = new FileWindow(async (offset, length) => bytes.subarray(offset, offset + length))
    const found: OpenedBlock[] = []
    for await (const { offset, block } of wholeBlocks(
      window,
      decodeStart(bytes)?.sizeBytes ?? 0,
      bytes.length,
    )) {
      const entries = decodeContent(openBlock(block, await keyOf(block.head.keyId)))
      found.push({ offset, head: block.head, entries })
    }
    return found
  }

  /** @param leaves leaf hashes are made anew too */
  const rewrite = async (
    change: (blocks: readonly OpenedBlock[]) => readonly OpenedBlock[],
    { leaves = false } = {},
  ): Promise<void> => {
    const changed = change(await blocks())
    const fold = new SegmentFold()
    const parts: Buffer[] = [encodeStart(named)]
    for (const { head: old, entries } of changed) {
      const hashes = Buffer.concat(entries.map(({ record }) => leafHash(record)))
      const head = leaves ? { ...old, leafHashes: hashes } : old
      const offset = Buffer.concat(parts).length
      const bytes = await sealBlock(head, encodeContent(entries), await keyOf(head.keyId))
      const records = entries.map(({ record, stream, position }) => ({
        ...decodeRecord(record),
        stream,
        position,
      }))
      fold.add({ offset, sizeBytes: bytes.length, head, records })
      parts.push(bytes)
    }
    const content = Buffer.concat(parts)
    const hash = createHash('sha256').update(content).digest()
    await rm(path)
    const to = sealedName({ ...named, ...rangeOf(fold), state: 'sealed' })
    await writeFile(
      join(directory, to),
      Buffer.concat([content, encodeFooter(encodeIndex(fold.contents, hash))]),
    )
  }

  return { blocks, rewrite }
}

function rangeOf({ blocks }: SegmentFold) {
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (!first || !last) throw new Error('nothing is left')
  return {
    firstLeaf: first.firstLeaf,
    lastLeaf: last.firstLeaf + last.count - 1,
    leaves: blocks.reduce((sum, { count }) => sum + count, 0),
    firstFlush: first.flush,
    lastFlush: last.flush,
  }
}
