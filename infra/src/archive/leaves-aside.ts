// Damaged blocks that were set aside still say, as a rule, which leaves they had. Those numbers were given out, and must
// not be given out again: who has a proof for one would find another record in its place.

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { blockSize, claimedHead, leavesOf } from './block.ts'
import { ASIDE } from './recover-segment.ts'
import { decodeStart } from './segment-file.ts'
import { parseOpenName } from './segment-name.ts'

export type LeavesAside = { readonly tenant: string; readonly nextLeaf: number }

const MAX_READ_BYTES = 16 * 1024 ** 2
/** More leaves than a segment has: who says so is damaged in that very place. */
const MAX_AHEAD = 50_000_000

/** Where numbering goes on behind each damaged file of a writer's directory. */
export async function leavesAside(directory: string): Promise<LeavesAside[]> {
  const found: LeavesAside[] = []
  for (const file of await readdir(directory)) {
    const name = file.endsWith(ASIDE) ? parseOpenName(file.split('.').slice(0, 4).join('.')) : undefined
    if (!name) continue
    const nextLeaf = nextLeafIn(await beginning(join(directory, file)), name.firstLeaf)
    if (nextLeaf !== undefined) found.push({ tenant: name.tenant, nextLeaf })
  }
  return found
}

/** Behind the last block, of those that follow one another, whose head can be read. */
function nextLeafIn(bytes: Buffer, firstLeaf: number): number | undefined {
  let next: number | undefined
  for (let at = decodeStart(bytes)?.sizeBytes ?? 0; at < bytes.length;) {
    const block = bytes.subarray(at)
    const head = claimedHead(block)
    const end = head && head.firstLeaf + leavesOf(head)
    const from = next ?? firstLeaf
    if (!head || end === undefined || head.firstLeaf < from || !(end <= firstLeaf + MAX_AHEAD)) break
    next = Math.ceil(end)
    at += blockSize(block) ?? Infinity
  }
  return next
}

async function beginning(path: string): Promise<Buffer> {
  await using handle = await open(path)
  const { size } = await handle.stat()
  const bytes = Buffer.alloc(Math.min(size, MAX_READ_BYTES))
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
  return bytes.subarray(0, bytesRead)
}
