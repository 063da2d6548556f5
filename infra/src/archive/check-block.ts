// Checks what a block seals: it opens, and every record is the one its leaf hash was made of.

import { decodeRecord, leafHash } from '@secumon/contracts/archive-leaf'
import { DataKeyUnknown, KeysUnavailable } from '../vault/key-faults.ts'
import type { ArchiveKeys } from './archive.ts'
import { decodeContent, type ContentEntry } from './block-content.ts'
import { leavesOf, openBlock, type Block } from './block.ts'
import type { Finding } from './check-findings.ts'
import type { FoldedRecord } from './segment-fold.ts'

const HASH_BYTES = 32

/** A record of a checked block; undefined where it is no record. */
export type CheckedRecord = FoldedRecord | undefined

export type BlockOrigin = { readonly segment: string; readonly offset: number; readonly tenant: string }
type Report = (finding: Finding) => void

/**
 * The block's records in the order of its leaves; undefined when they were shredded or cannot be opened.
 * @throws KeysUnavailable: a vault that does not answer says nothing about the archive
 */
export async function checkRecords(
  keys: Pick<ArchiveKeys, 'find'>,
  origin: BlockOrigin,
  block: Block,
  report: Report,
): Promise<CheckedRecord[] | undefined> {
  const { segment, offset } = origin
  const entries = await entriesOf(keys, origin, block, report)
  const leaves = leavesOf(block.head)
  if (entries && entries.length !== leaves)
    report({ kind: 'leaves-miscounted', segment, offset, leaves, records: entries.length })
  return entries?.map((entry, i) => checkRecord(origin, block, i, { entry, report }))
}

async function entriesOf(
  keys: Pick<ArchiveKeys, 'find'>,
  { tenant, segment, offset }: BlockOrigin,
  block: Block,
  report: Report,
): Promise<ContentEntry[] | undefined> {
  const { keyId } = block.head
  const key = await findKey(keys, tenant, keyId)
  if (key === 'unknown') report({ kind: 'key-unknown', segment, offset, tenant, keyId })
  if (key === 'unknown' || key === undefined) return undefined
  try {
    return decodeContent(openBlock(block, key))
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    report({ kind: 'block-forged', segment, offset, detail: `the block does not open: ${detail}` })
    return undefined
  }
}

async function findKey(keys: Pick<ArchiveKeys, 'find'>, tenant: string, keyId: string) {
  try {
    return await keys.find(tenant, keyId)
  } catch (error) {
    if (error instanceof DataKeyUnknown) return 'unknown'
    if (error instanceof KeysUnavailable) throw error
    throw new KeysUnavailable(`the key ${keyId} cannot be had`, { cause: error })
  }
}

function checkRecord(
  { tenant, segment, offset }: BlockOrigin,
  { head }: Block,
  index: number,
  { entry: { record, stream, position }, report }: { entry: ContentEntry; report: Report },
): CheckedRecord {
  const place = { segment, offset, tenant, leaf: head.firstLeaf + index }
  const expected = head.leafHashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  if (Buffer.compare(leafHash(record), expected) !== 0) report({ kind: 'leaf-wrong', ...place })
  try {
    return { ...decodeRecord(record), stream, position }
  } catch {
    report({ kind: 'record-malformed', ...place })
    return undefined
  }
}
