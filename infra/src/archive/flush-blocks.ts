// Turns the records of one flush into its blocks: one for each tenant and kind, leaves numbered on from where each
// tenant stands.

import { encodeRecords, leafHashes, SALT_BYTES } from '@secumon/contracts/archive-leaf'
import { randomBytes } from 'node:crypto'
import type { ArchivedRecord, ArchiveKeys, SegmentKind, StreamMark } from './archive.ts'
import { encodeContent } from './block-content.ts'
import { sealBlock, type BlockHead } from './block.ts'

export type FlushBlock = {
  readonly tenant: string
  readonly kind: SegmentKind
  readonly head: BlockHead
  readonly bytes: Buffer
  readonly records: readonly ArchivedRecord[]
}

export type Flush = {
  readonly flush: number
  readonly writtenAtMs: number
  readonly marks: readonly StreamMark[]
  /** The next leaf of a tenant. */
  readonly nextLeaf: (tenant: string) => number
}

type Group = { readonly tenant: string; readonly kind: SegmentKind; readonly records: ArchivedRecord[] }

/** The marks lie in the first block. */
export async function flushBlocks(
  keys: ArchiveKeys,
  records: readonly ArchivedRecord[],
  { flush, writtenAtMs, marks, nextLeaf }: Flush,
): Promise<FlushBlock[]> {
  const groups = grouped(records)
  const taken = new Map<string, number>()
  const sealed = groups.map((group, i) => {
    const { tenant } = group
    const firstLeaf = taken.get(tenant) ?? nextLeaf(tenant)
    taken.set(tenant, firstLeaf + group.records.length)
    const place = { flush, flushBlocks: groups.length, firstLeaf, writtenAtMs, marks: i === 0 ? marks : [] }
    return sealGroup(keys, group, place)
  })
  return Promise.all(sealed)
}

function grouped(records: readonly ArchivedRecord[]): Group[] {
  const groups = new Map<string, Group>()
  for (const record of records) {
    const { tenant, kind } = record
    const key = `${tenant}/${kind}`
    const group = groups.get(key)
    if (group) group.records.push(record)
    else groups.set(key, { tenant, kind, records: [record] })
  }
  return [...groups.values()]
}

async function sealGroup(
  keys: ArchiveKeys,
  { tenant, kind, records }: Group,
  place: Omit<BlockHead, 'leafHashes' | 'keyId'>,
): Promise<FlushBlock> {
  const encoded = encodeRecords(randomBytes(SALT_BYTES * records.length), records)
  const { id, key } = await keys.current(tenant)
  const head = { ...place, leafHashes: leafHashes(encoded), keyId: id }
  const content = encodeContent(
    records.map(({ stream, position }, i) => ({ record: encoded[i] ?? new Uint8Array(), stream, position })),
  )
  return { tenant, kind, head, records, bytes: await sealBlock(head, content, key) }
}
