// The spool on disk: segment files in a directory of its own, one chain each.
// kill -9 loses nothing whose append returned: the bytes are the kernel's. A power failure loses at most the frames
// appended since the last `sync`, none of which was submitted; so the log is never ahead of the disk. A torn last
// write is cut off at the next start. Dropping and freeing remove whole segments, oldest first; where frames are made of
// what can be read again, nothing is dropped.

import { closeSync, ftruncateSync, mkdirSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, type ChainHead, type Sealed } from '@secumon/contracts/frame'
import { errorCode, errorText, isDiskFull } from '../error-code.ts'
import type { HostClock, SealedAt } from '../host-clock.ts'
import { acquireLock } from '../state/lock.ts'
import { FileCursor } from './file-cursor.ts'
import { flush, flushNames, flushNow } from './flush.ts'
import { encodeNote, encodeRecord, SEGMENT_HEADER_BYTES } from './record.ts'
import { createSegment, writeAt, type Segment } from './segment.ts'
import { recoverSegments, type Recovered } from './recover.ts'
import { createRunningTime } from './running-time.ts'
import { SEGMENTS, segmentSize } from './segment-size.ts'
import { Progress } from './progress.ts'
import {
  DEFAULT_SPOOL_LIMITS,
  MAX_NOTE_BYTES,
  requireNext,
  SpoolFull,
  type Spool,
  type SpoolCursor,
  type SpoolLimits,
} from './spool.ts'

export type SpoolOptions = {
  /** Made when missing; holds nothing else. */
  readonly directory: string
  /** Sequence 0 and the hash that the first frame names. */
  readonly anchor: ChainHead
  readonly clock: HostClock
  readonly limits?: Partial<SpoolLimits>
  /**
   * No frame is dropped before it was freed, neither for the limits nor on a full disk: whoever appends can wait, and
   * has what the next frame is made of until then. Default: the oldest are dropped.
   */
  readonly keepsUnsent?: boolean
}

/**
 * Opens the spool of one chain, or begins it.
 * @throws Locked when another process has it open
 */
export function openSpool(options: SpoolOptions): Spool {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 })
  const release = acquireLock(join(options.directory, 'lock'))
  try {
    return new FileSpool(options, recoverSegments(options.directory, options.anchor), release)
  } catch (error) {
    release()
    throw error
  }
}

class FileSpool implements Spool {
  readonly #directory: string
  readonly #limits: SpoolLimits
  readonly #keepsUnsent: boolean
  readonly #segmentBytes: number
  readonly #runningMs: () => number
  readonly #progress: Progress
  readonly #release: () => void
  readonly #segments: Segment[]
  #active: Segment
  #fd: number
  #totalBytes: number
  #head: ChainHead
  #note: Uint8Array | undefined
  #synced: number
  #syncing: Promise<void> | undefined
  // A file was created since the directory was last flushed.
  #isDirectoryDirty = true
  readonly #replaced: number[] = []

  constructor(options: SpoolOptions, recovered: Recovered, release: () => void) {
    this.#directory = options.directory
    this.#limits = { ...DEFAULT_SPOOL_LIMITS, ...options.limits }
    this.#keepsUnsent = options.keepsUnsent ?? false
    this.#release = release
    this.#segments = recovered.segments
    this.#active = recovered.active
    this.#totalBytes = recovered.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.#segmentBytes = segmentSize(options.directory, this.#limits.maxBytes, this.#totalBytes)
    this.#head = recovered.head
    this.#note = recovered.note
    this.#synced = 0
    this.#runningMs = createRunningTime(options.clock, recovered.last, recovered.active.start.spoolTimeMs)
    this.#progress = new Progress(options.directory, recovered.fresh)
    this.#fd = openSync(recovered.active.path, 'r+')
    // Cuts off what a torn write left behind the last whole record.
    ftruncateSync(this.#fd, recovered.active.sizeBytes)
  }

  get head(): ChainHead {
    return this.#head
  }

  get base(): ChainHead {
    const { baseSequence, baseHash } = (this.#segments[0] ?? this.#active).start
    return { sequence: baseSequence, hash: baseHash }
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get synced(): number {
    return this.#synced
  }

  get durable(): number {
    return this.#progress.durable
  }

  get inherited(): number {
    return this.#progress.inherited
  }

  get pristine(): boolean {
    return this.#progress.pristine
  }

  get note(): Uint8Array | undefined {
    return this.#note
  }

  get roomBytes(): number {
    return this.#limits.maxBytes - this.#totalBytes
  }

  append(sealed: Sealed, sealedAt: SealedAt, note?: Uint8Array): void {
    requireNext(this.#head, sealed)
    requireShort(note)
    const { sequence, bytes, signature } = sealed
    const spoolTimeMs = this.#runningMs()
    this.#store(encodeRecord({ sequence, bytes, signature, ...sealedAt, spoolTimeMs, note }), spoolTimeMs)
    this.#head = { sequence, hash: sealed.hash }
    this.#note = note ?? this.#note
  }

  remember(note: Uint8Array): void {
    requireShort(note)
    this.#store(encodeNote({ sequence: this.#head.sequence, note }), this.#runningMs())
    this.#note = note
  }

  // The next segment begins behind them: no other file has to say so.
  skip(count: number): void {
    const { sequence, hash } = this.#head
    const behind = { sequence: sequence + count, hash }
    this.#retrying(() => this.#roll(behind, this.#runningMs()))
    this.#head = behind
    while (this.#totalBytes > this.#limits.maxBytes && this.#mayDrop) this.#dropOldest()
  }

  inherit(): void {
    if (this.#head.sequence !== this.inherited) this.#progress.inherit(this.#head.sequence)
  }

  read(sequence: number): SpoolCursor {
    return new FileCursor(this, sequence)
  }

  hashAt(sequence: number): Uint8Array | undefined {
    const { head, base } = this
    if (sequence === head.sequence) return head.hash
    if (sequence === base.sequence) return base.hash
    if (sequence < base.sequence || sequence > head.sequence) return undefined
    const cursor = this.read(sequence)
    try {
      const entry = cursor.next()
      if (entry?.kind === 'frame') return sha256(entry.record.bytes)
      return entry?.missing.last === sequence ? entry.missing.hashOfLast : undefined
    } finally {
      cursor.close()
    }
  }

  free(sequence: number): void {
    this.#progress.advance(Math.min(sequence, this.#head.sequence))
    const next = this.#segments[1]
    if (!next || next.start.baseSequence > this.durable) return
    // On a full disk it cannot be saved before room is made; then a later gap gives another reason, no more.
    this.#progress.trySave()
    while (this.#segments[1] && this.#segments[1].start.baseSequence <= this.durable) this.#dropOldest()
  }

  async sync(): Promise<void> {
    while (this.#syncing) await this.#syncing
    if (this.#synced === this.#head.sequence && !this.pristine) return
    this.#syncing = this.#flush()
    try {
      await this.#syncing
    } finally {
      this.#syncing = undefined
      for (const fd of this.#replaced.splice(0)) closeSync(fd)
    }
  }

  async close(): Promise<void> {
    while (this.#syncing) await this.#syncing
    try {
      flushNow(this.#fd)
      this.#progress.trySave()
    } finally {
      closeSync(this.#fd)
      this.#release()
    }
  }

  async #flush(): Promise<void> {
    const upTo = this.#head.sequence
    // First: frames are sent even if the disk cannot flush them.
    if (this.pristine) this.#progress.markSubmitted()
    await flush(this.#fd)
    if (this.#isDirectoryDirty) flushNames(this.#directory)
    this.#isDirectoryDirty = false
    this.#synced = upTo
  }

  #store(stored: Buffer, nowMs: number): void {
    this.#makeRoom(stored.length, nowMs)
    this.#retrying(() => writeAt(this.#fd, stored, this.#active.sizeBytes))
    this.#active.sizeBytes += stored.length
    this.#totalBytes += stored.length
  }

  #makeRoom(bytes: number, nowMs: number): void {
    const { maxBytes, maxAgeMs } = this.#limits
    if (bytes + 2 * SEGMENT_HEADER_BYTES > maxBytes)
      throw new SpoolFull(`${bytes} bytes never fit into ${maxBytes}`)
    while (this.#mayDrop && nowMs - (this.#segments[1]?.start.spoolTimeMs ?? nowMs) > maxAgeMs)
      this.#dropOldest()
    const isFull = this.#active.sizeBytes + bytes > this.#segmentBytes
    const isOld = nowMs - this.#active.start.spoolTimeMs > maxAgeMs / SEGMENTS
    const isEmpty = this.#active.start.baseSequence === this.#head.sequence
    if ((isFull || isOld) && !isEmpty) this.#retrying(() => this.#roll(this.#head, nowMs))
    while (this.#totalBytes + bytes > maxBytes && this.#mayDrop) this.#dropOldest()
    if (this.#totalBytes + bytes > maxBytes)
      throw new SpoolFull(`${maxBytes} bytes do not hold another frame`)
  }

  get #mayDrop(): boolean {
    return !this.#keepsUnsent && this.#segments.length > 1
  }

  // A full disk is answered by dropping the oldest segment, as often as there is one to drop.
  #retrying(write: () => void): void {
    for (;;) {
      try {
        return write()
      } catch (error) {
        if (!isDiskFull(error) || !this.#mayDrop)
          throw new SpoolFull(`cannot write to the spool: ${errorText(error)}`, { cause: error })
        this.#dropOldest()
      }
    }
  }

  #roll({ sequence, hash }: ChainHead, spoolTimeMs: number): void {
    // The old file's frames must be on disk before `sync` can vouch for them by flushing the new one.
    flushNow(this.#fd)
    const start = { baseSequence: sequence, baseHash: hash, spoolTimeMs }
    const created = createSegment(this.#directory, start, this.#note)
    if (this.#syncing) this.#replaced.push(this.#fd)
    else closeSync(this.#fd)
    this.#isDirectoryDirty = true
    this.#fd = created.fd
    this.#active = created.segment
    this.#segments.push(created.segment)
    this.#totalBytes += created.segment.sizeBytes
  }

  #dropOldest(): void {
    const oldest = this.#segments.shift()
    if (!oldest) return
    this.#totalBytes -= oldest.sizeBytes
    try {
      unlinkSync(oldest.path)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

function requireShort(note: Uint8Array | undefined): void {
  if (note && note.length > MAX_NOTE_BYTES)
    throw new RangeError(`a note of ${note.length} bytes, ${MAX_NOTE_BYTES} fit`)
}
