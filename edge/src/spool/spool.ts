// What the agent keeps of one chain until the log has it safely. A spool never shows half a record, never
// forgets silently, and never holds more than its limits: what it dropped shows as `base` and as `missing`.

import type { ChainHead, Sealed } from '@secumon/contracts/frame'
import type { SealedAt } from '../host-clock.ts'

/** A sealed frame as it lies in the spool. */
export type SpoolRecord = SealedAt & {
  readonly sequence: number
  /** The frame's bytes as signed. */
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Frames the spool does not have: dropped or freed (`dropped`), damaged on its disk (`corrupt`), or of the chain before
 * this one (`left`).
 */
export type Missing = {
  readonly first: number
  readonly last: number
  /** What the frame behind it names; behind more that is missing, what the frame behind all of it names. */
  readonly hashOfLast: Uint8Array
  readonly why: 'dropped' | 'corrupt' | 'left'
}

export type SpoolEntry =
  | { readonly kind: 'frame'; readonly record: SpoolRecord }
  | { readonly kind: 'missing'; readonly missing: Missing }

/** A place in the spool that moves towards the head, and stays valid while frames are added, dropped and freed. */
export type SpoolCursor = {
  /** The next entry, or undefined while there is none. Its sequence follows the previous entry's. */
  next(): SpoolEntry | undefined
  close(): void
}

export type SpoolLimits = {
  /** On disk, all segments together. */
  readonly maxBytes: number
  /** Time in which the agent's host was running. */
  readonly maxAgeMs: number
}

/** What a note may take: the record has three bytes for its length. */
export const MAX_NOTE_BYTES = 1024 ** 2

export const DEFAULT_SPOOL_LIMITS: SpoolLimits = { maxBytes: 256 * 1024 ** 2, maxAgeMs: 24 * 3_600_000 }

export type Spool = {
  /** The last frame appended, or the chain's anchor (sequence 0). The next frame names its hash. */
  readonly head: ChainHead
  /** What precedes the oldest frame held: every frame up to here was freed or dropped. */
  readonly base: ChainHead
  /** Every frame up to here survives a power failure. */
  readonly synced: number
  /** Frames up to here were safe in the log when it last said so. */
  readonly durable: number
  /** What the newest frame, or `remember` since, left for the next start: how far its maker had come. */
  readonly note: Uint8Array | undefined
  /** Bytes for which nothing would have to be dropped. */
  readonly roomBytes: number
  /** True until the first `sync`: no frame of this spool can have been submitted. */
  readonly pristine: boolean
  /**
   * Stores the frame that follows `head`. When it returns the frame survives the end of this process.
   * Makes room by dropping the oldest frames, unless the spool keeps them. With a note, frame and note are there or neither is.
   * @throws SpoolFull when there is no room for it even so; the spool is unchanged
   * @throws BrokenChain unless its sequence is head + 1
   */
  append(sealed: Sealed, sealedAt: SealedAt, note?: Uint8Array): void
  /** Replaces the note. It survives the end of this process. @throws SpoolFull */
  remember(note: Uint8Array): void
  /**
   * Leaves the next sequences to frames that will never come; the frame behind them names the hash of the one before.
   * @throws SpoolFull when there is no room to say so; the spool is unchanged
   */
  skip(count: number): void
  /** Everything up to the present head stems from the chain before: what is ever missing of it is `left`. */
  inherit(): void
  /** A cursor whose first entry begins at `sequence`. */
  read(sequence: number): SpoolCursor
  /** The hash of a frame from `base` to `head`; undefined when the spool no longer knows it. */
  hashAt(sequence: number): Uint8Array | undefined
  /** Frames up to `sequence` are safe in the log and need not be kept. */
  free(sequence: number): void
  /** Makes everything up to the present head survive a power failure. Call it before a frame is submitted. */
  sync(): Promise<void>
  close(): Promise<void>
}

export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

/** A frame was offered that does not follow the spool's head. */
export class BrokenChain extends Error {
  override readonly name = 'BrokenChain'
}

/** @throws BrokenChain unless the frame follows the head */
export function requireNext(head: ChainHead, sealed: Sealed): void {
  if (sealed.sequence !== head.sequence + 1)
    throw new BrokenChain(`frame ${sealed.sequence} offered where ${head.sequence + 1} belongs`)
}

type Loss = { readonly why: Missing['why']; readonly inherited: number }

/** What is missing from `first` on, up to `end` at most: what was inherited is told apart from what came later. */
export function missingBetween(first: number, end: ChainHead, { why, inherited }: Loss): Missing {
  if (first > inherited) return { first, last: end.sequence, hashOfLast: end.hash, why }
  return { first, last: Math.min(end.sequence, inherited), hashOfLast: end.hash, why: 'left' }
}
