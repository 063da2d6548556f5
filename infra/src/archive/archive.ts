// What the rest of the system knows of the archive: its records, who may write them, and how they are read back.

import type { ChainIdentity } from '@secumon/contracts/frame'
import type { AggregateRef } from '@secumon/domain/decider'

/** What a segment holds; each kind is kept for a time of its own. */
export type SegmentKind = 'telemetry' | 'logs' | 'events'

/** One message of the log, in clear. */
export type ArchivedRecord = {
  readonly tenant: string
  readonly kind: SegmentKind
  /** Where it lay in the log: a place to resume, never evidence. */
  readonly stream: string
  readonly position: number
  readonly subject: string
  /** Verbatim; of a sealed envelope its opened form. */
  readonly payload: Uint8Array
  readonly receivedAtMs?: number
  readonly clockOffsetMs?: number
}

/** A record with its place in its tenant's tree. */
export type ArchivedLeaf = ArchivedRecord & {
  readonly leaf: number
  readonly leafHash: Uint8Array
  readonly flush: number
}

/** How far a stream of the log was archived. */
export type StreamMark = {
  readonly stream: string
  readonly position: number
  /** SHA-256 of the message there, with its headers. */
  readonly hash: Uint8Array
}

/** Where a chain stands in the archive. */
export type ChainHeadEntry = Omit<ChainIdentity, 'tenant'> & {
  readonly tenant: string
  readonly sequence: number
  /** What the next record must name as its previous hash. */
  readonly hash: Uint8Array
}

export type AggregateHeadEntry = AggregateRef & { readonly version: number; readonly commandId: string }

/** What was written after a flush: the fold over segment indexes that lets a writer go on. */
export type ArchiveHeads = {
  /** The newest flush that is whole. 0: the archive is empty. */
  readonly flush: number
  readonly chains: readonly ChainHeadEntry[]
  readonly aggregates: readonly AggregateHeadEntry[]
  readonly marks: readonly StreamMark[]
}

/** The data keys of tenants, as the archive needs them. */
export type ArchiveKeys = {
  /** The key for what is written now; made when the tenant has none. 32 bytes. */
  current(tenant: string): Promise<{ readonly id: string; readonly key: Uint8Array }>
  /** Undefined when the key was shredded. @throws Error when the vault cannot be asked or does not know it */
  find(tenant: string, keyId: string): Promise<Uint8Array | undefined>
}

/** Writes the archive. One at a time: whoever holds the archiver's lock. Not safe for concurrent calls. */
export type ArchiveWriter = {
  /**
   * Heads of what lies in blocks of flushes after `flush` (0: of everything): what a crash between a write and its
   * commit left, or what a database restored from a backup does not know. Adopted, never cut off.
   */
  headsSince(flush: number): Promise<ArchiveHeads>
  /** The newest flush written, committed or not. */
  readonly flush: number
  /** Leaves of a tenant so far. */
  leaves(tenant: string): number
  /**
   * Writes the records as one flush (a block for each tenant and kind) and returns once every byte is on the disk.
   * @param marks of all streams that moved, also where nothing of them is archived
   * @throws ArchiveFull when the disk has no room, Error else; then call `discard`
   */
  write(records: readonly ArchivedRecord[], marks: readonly StreamMark[]): Promise<{ readonly flush: number }>
  /** Takes back the last write, which must not have been announced to anybody. */
  discard(): Promise<void>
  /** Seals segments of past days and those that are large enough. Call between the commit of a write and the next one. */
  sealDue(): Promise<void>
  /** Seals every open segment: nothing is written behind what is not whole. */
  sealAll(): Promise<void>
  /** Leaves open segments as they are: the next writer goes on from them. */
  close(): Promise<void>
}

export class ArchiveFull extends Error {
  override readonly name = 'ArchiveFull'
}

export type SegmentInfo = {
  readonly tenant: string
  readonly kind: SegmentKind
  /** UTC, 2026-11-21. */
  readonly day: string
  /** Path in the store. */
  readonly name: string
  /** `open`: still being written. `hashes`: its records have expired, their leaf hashes are kept. */
  readonly state: 'open' | 'sealed' | 'hashes'
  readonly firstLeaf: number
  readonly lastLeaf: number
  /** Leaves between first and last may lie in segments of other kinds. */
  readonly leaves: number
  readonly firstFlush: number
  readonly lastFlush: number
  readonly sizeBytes: number
}

export type RecordFilter = {
  readonly kinds: readonly SegmentKind[]
  /** Only this tenant's. */
  readonly tenant?: string
  /** Only what came after this flush. */
  readonly afterFlush?: number
  readonly untilFlush?: number
  /** Only blocks with a record of one of these agents. */
  readonly agents?: ReadonlySet<string>
  /** Only blocks with a record of one of these aggregates, as `aggregate/id`. */
  readonly aggregates?: ReadonlySet<string>
  readonly signal?: AbortSignal
}

/** Reads the archive, also while it is being written. */
export type ArchiveReader = {
  segments(filter?: { tenant?: string; kind?: SegmentKind }): Promise<SegmentInfo[]>
  /** Folded over all segments, or over what flushes after `afterFlush` have moved. */
  heads(afterFlush?: number): Promise<ArchiveHeads>
  /**
   * Records in the order of the log: flush by flush, within a flush stream by stream, by position. Records of a tenant
   * whose keys were shredded are left out.
   * @throws ArchiveDamaged naming segment and offset
   */
  flushes(
    filter: RecordFilter,
  ): AsyncGenerator<{ flush: number; writtenAtMs: number; records: readonly ArchivedLeaf[] }, void, undefined>
  /** Leaf hashes of a tenant in order, from a leaf on. */
  leafHashes(
    tenant: string,
    from?: number,
  ): AsyncGenerator<{ first: number; hashes: readonly Uint8Array[] }, void, undefined>
}

/** Bytes that are not what they were when they were written. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged'
  /** Segment and byte offset. */
  readonly segment: string
  readonly offset: number
  constructor(segment: string, offset: number, detail: string, options?: ErrorOptions) {
    super(`${segment} at byte ${offset}: ${detail}`, options)
    this.segment = segment
    this.offset = offset
  }
}

/**
 * Where sealed segments lie: a directory or an S3-compatible bucket. Names are relative paths with `/`. What is put is
 * never changed, only removed.
 */
export type ArchiveStore = {
  list(prefix?: string): Promise<{ name: string; sizeBytes: number }[]>
  /** @throws Error when it is not there */
  read(name: string, range?: { offset: number; length: number }): Promise<Buffer>
  /** Moves a local file into the store; returns once it is safe there. */
  take(name: string, localPath: string): Promise<void>
  remove(name: string): Promise<void>
}
