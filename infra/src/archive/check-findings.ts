// What a check of the archive can find, each with the place where it is.

import type { LaneName } from '@secumon/contracts/lanes'

/** A byte of a segment. */
export type Spot = { readonly segment: string; readonly offset: number }
/** A record. */
export type LeafSpot = Spot & { readonly tenant: string; readonly leaf: number }
/** A record's place in its chain. */
export type ChainSpot = LeafSpot & {
  readonly agent: string
  readonly epoch: number
  readonly lane: LaneName
  readonly sequence: number
}

export type Finding =
  /** The beginning of the file is damaged, or speaks of another segment than its name. */
  | ({ readonly kind: 'start-damaged'; readonly detail: string } & Spot)
  /** From here to `until` is no block: a length, a checksum or a byte under it was changed, or bytes are missing. */
  | ({ readonly kind: 'block-damaged'; readonly until: number } & Spot)
  /** The checksum holds and the seal does not: not what was encrypted, or not a block's content. */
  | ({ readonly kind: 'block-forged'; readonly detail: string } & Spot)
  /** Flushes and leaves must rise from block to block. */
  | ({ readonly kind: 'blocks-unordered'; readonly flush: number; readonly after: number } & Spot)
  /** The vault does not know the key, so that nothing can be said of the records. */
  | ({ readonly kind: 'key-unknown'; readonly tenant: string; readonly keyId: string } & Spot)
  /** A block with more or fewer records than leaf hashes. */
  | ({ readonly kind: 'leaves-miscounted'; readonly leaves: number; readonly records: number } & Spot)
  /** The record is not the one its leaf hash was made of. */
  | ({ readonly kind: 'leaf-wrong' } & LeafSpot)
  | ({ readonly kind: 'record-malformed' } & LeafSpot)
  | ({ readonly kind: 'index-damaged'; readonly detail: string } & Spot)
  /** The index is whole and says something else than the blocks. */
  | ({ readonly kind: 'index-differs'; readonly part: string } & Spot)
  | { readonly kind: 'name-differs'; readonly segment: string; readonly holds: string }
  /** It was listed, and then not there. */
  | { readonly kind: 'segment-gone'; readonly segment: string }
  /** No segment has these leaves of the tenant: a segment, a block or records are gone. */
  | {
      readonly kind: 'leaves-missing'
      readonly tenant: string
      readonly first: number
      readonly last: number
    }
  | ({ readonly kind: 'leaves-twice'; readonly last: number } & LeafSpot)
  | { readonly kind: 'flushes-missing'; readonly first: number; readonly last: number }
  | {
      readonly kind: 'flush-incomplete'
      readonly flush: number
      readonly blocks: number
      readonly expected: number
    }
  /** Records from `expected` up to this one are not there, and no gap stands for them. */
  | ({ readonly kind: 'chain-hole'; readonly expected: number } & ChainSpot)
  /** It does not name the record before it. */
  | ({ readonly kind: 'chain-unlinked' } & ChainSpot)
  /** The chain was already there or further. */
  | ({ readonly kind: 'chain-repeated'; readonly reached: string } & ChainSpot)
  | ({ readonly kind: 'signature-bad' } & ChainSpot)
  /** No epoch in the archive names the key of this chain; told once for each chain. */
  | ({ readonly kind: 'signer-unknown' } & ChainSpot)
  /** A record signed for another tenant, agent or lane than the subject it lay under. */
  | ({ readonly kind: 'misplaced'; readonly subject: string } & ChainSpot)
  | ({ readonly kind: 'version-hole' | 'version-repeated' } & VersionSpot)

type VersionSpot = LeafSpot & {
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly expected: number
}

export type FindingKind = Finding['kind']

/** One line for people: what, then where. */
export function describeFinding(finding: Finding): string {
  const place = whereOf(finding)
  return `${finding.kind.padEnd(17)} ${whatOf(finding)}${place === '' ? '' : ` · ${place}`}`
}

function whatOf(finding: Finding): string {
  switch (finding.kind) {
    case 'start-damaged':
    case 'index-damaged':
    case 'block-forged':
      return finding.detail
    case 'block-damaged':
      return `${finding.until - finding.offset} bytes are no block`
    case 'blocks-unordered':
      return `flush ${finding.flush} after flush ${finding.after}`
    case 'key-unknown':
      return `the vault does not know the key ${finding.keyId}; see: secumon keys missing`
    case 'leaves-miscounted':
      return `${finding.records} records for ${finding.leaves} leaves`
    case 'leaf-wrong':
      return 'the record is not what its leaf hash was made of'
    case 'record-malformed':
      return 'not a record'
    case 'index-differs':
      return `the index has other ${finding.part} than the blocks`
    case 'name-differs':
      return `it holds ${finding.holds}`
    case 'segment-gone':
      return 'it was listed, and then not there'
    case 'leaves-missing':
      return `leaves ${finding.first}–${finding.last} of ${finding.tenant} are nowhere`
    case 'leaves-twice':
      return `leaves ${finding.leaf}–${finding.last} are there twice`
    case 'flushes-missing':
      return `flushes ${finding.first}–${finding.last} are nowhere`
    case 'flush-incomplete':
      return `flush ${finding.flush} has ${finding.blocks} of ${finding.expected} blocks`
    case 'chain-hole':
      return `${finding.expected}–${finding.sequence - 1} are missing before it`
    case 'chain-unlinked':
      return 'it does not name the record before it'
    case 'chain-repeated':
      return `the chain was at ${finding.reached} already`
    case 'signature-bad':
      return 'the signature does not hold'
    case 'signer-unknown':
      return 'no epoch in the archive names its key'
    case 'misplaced':
      return `it lay under ${finding.subject}`
    case 'version-hole':
    case 'version-repeated':
      return `${finding.aggregate} ${finding.id}: version ${finding.version} where ${finding.expected} belongs`
  }
}

function whereOf(finding: Finding): string {
  const parts: string[] = []
  if ('agent' in finding)
    parts.push(`agent ${finding.agent} epoch ${finding.epoch} ${finding.lane} ${finding.sequence}`)
  if ('leaf' in finding) parts.push(`leaf ${finding.leaf} of ${finding.tenant}`)
  if ('segment' in finding) parts.push(finding.segment)
  if ('offset' in finding) parts.push(`byte ${finding.offset}`)
  return parts.join(' · ')
}
