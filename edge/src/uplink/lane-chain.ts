// One lane's chain on this host: seals what it is given behind the spool's head, and moves to a new chain when the old
// one cannot go on.

import {
  MAX_FRAME_BYTES,
  sealFrame,
  sha256,
  type ChainHead,
  type ChainIdentity,
  type FrameContent,
  type Sealed,
} from '@secumon/contracts/frame'
import type { KeyObject } from 'node:crypto'
import type { SealedAt } from '../host-clock.ts'
import type { Spool, SpoolRecord } from '../spool/spool.ts'
import { LaneMove, moveTogether, type Moved } from './lane-move.ts'

/** A chain and the key that signs it. */
export type SigningChain = {
  readonly identity: ChainIdentity
  /** SHA-256 of these serialized bytes is what the first frame names. */
  readonly epochStarted: Uint8Array
  readonly key: KeyObject
}

export type LaneChainOptions = {
  readonly chain: SigningChain
  /** Opens the chain's spool; what an interrupted move left in it does not count. */
  readonly openSpool: (chain: ChainIdentity, anchor: ChainHead) => Spool
  /** Makes a move of this lane alone final: after it a restart opens the new chain. */
  readonly commit: (chain: SigningChain) => void
  /** Removes the spool of a chain that was left, or not moved to. */
  readonly discard: (chain: ChainIdentity) => void
  /** Keeps a frame that no log will take, for a person to look at. */
  readonly quarantine: (chain: ChainIdentity, record: SpoolRecord, why: string) => void
}

/** When what a frame carries was made, by both clocks. */
export type MadeAt = { readonly sentAtMs: number; readonly sealedAt: SealedAt }

export type LaneContent = Omit<FrameContent, 'sentAtMs'>

/** The content does not fit into one frame. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge'
}

export const anchorOf = (epochStarted: Uint8Array): ChainHead => ({ sequence: 0, hash: sha256(epochStarted) })

export class LaneChain {
  readonly #options: LaneChainOptions
  #chain: SigningChain
  #spool: Spool
  #accepted: number
  #submitted: number
  #forkedAt: number | undefined
  #isMoving = false
  readonly #listeners = new Set<() => void>()

  constructor(options: LaneChainOptions) {
    this.#options = options
    this.#chain = options.chain
    this.#spool = options.openSpool(options.chain.identity, anchorOf(options.chain.epochStarted))
    this.#accepted = this.#spool.durable
    // What an earlier process sent is not known: nothing beyond the head.
    this.#submitted = (this.#spool.pristine ? this.#spool.base : this.#spool.head).sequence
  }

  get identity(): ChainIdentity {
    return this.#chain.identity
  }

  get key(): KeyObject {
    return this.#chain.key
  }

  get spool(): Spool {
    return this.#spool
  }

  /** How far the log is known to be. */
  get accepted(): number {
    return this.#accepted
  }

  /** No record beyond this was ever sent: what the log has beyond it is not of this spool. */
  get submitted(): number {
    return this.#submitted
  }

  /** Frames that a move would set aside: they may be in the log, or follow something else there. */
  get doubtful(): number {
    return Math.max(0, (this.#forkedAt ?? this.#accepted) - this.#accepted)
  }

  /**
   * Seals content as one frame and stores it, with the note that goes with it.
   * @throws SpoolFull when there is no room, FrameTooLarge beyond 512 KiB; the chain is unchanged
   */
  append(content: LaneContent, { sentAtMs, sealedAt }: MadeAt, note?: Uint8Array): Sealed {
    const { identity, key } = this.#chain
    const sealed = sealFrame(identity, this.#spool.head, { ...content, sentAtMs }, key)
    if (sealed.bytes.length > MAX_FRAME_BYTES)
      throw new FrameTooLarge(`${sealed.bytes.length} bytes in a frame, ${MAX_FRAME_BYTES} fit`)
    this.#spool.append(sealed, sealedAt, note)
    for (const listener of this.#listeners) listener()
    return sealed
  }

  /** Calls back after every append. Returns the unsubscribe. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Records up to here are being sent. */
  submit(sequence: number): void {
    this.#submitted = Math.max(this.#submitted, sequence)
  }

  /** The log holds everything up to `accepted`, safely up to `durable`. It may have gone back. */
  settle(accepted: number, durable: number): void {
    this.#accepted = accepted
    this.#spool.free(Math.min(accepted, durable))
  }

  /** The log does not continue this spool: frames from here to its head are doubtful, later ones surely unsent. */
  fork(): void {
    this.#forkedAt ??= this.#spool.pristine ? this.#accepted : this.#spool.head.sequence
  }

  /** Goes on as another chain. */
  async move(next: SigningChain): Promise<Moved> {
    const [moved] = await moveTogether([{ lane: this, next }], () => this.#options.commit(next))
    if (!moved) throw new Error('a move of one lane moved none')
    return moved
  }

  /** Opens the next chain's spool; `become` or `abandonMove` ends what this begins. */
  beginMove(next: SigningChain): LaneMove {
    if (this.#isMoving) throw new Error('a chain moves once at a time')
    const { identity } = this.#chain
    const to = this.#options.openSpool(next.identity, anchorOf(next.epochStarted))
    this.#isMoving = true
    return new LaneMove({
      from: this.#spool,
      to,
      next,
      accepted: this.#accepted,
      doubtfulUpTo: this.#forkedAt ?? this.#accepted,
      setAside: (record) => this.#options.quarantine(identity, record, 'it follows a forked head'),
    })
  }

  /** Is the next chain from now on. Returns what leaves the old one. */
  become({ next, to }: LaneMove): () => Promise<void> {
    const { identity } = this.#chain
    const old = this.#spool
    this.#chain = next
    this.#spool = to
    this.#accepted = 0
    this.#submitted = 0
    this.#forkedAt = undefined
    this.#isMoving = false
    return async () => {
      await old.close()
      this.#options.discard(identity)
    }
  }

  /** Stays what it is. */
  async abandonMove({ next, to }: LaneMove): Promise<void> {
    this.#isMoving = false
    await to.close()
    this.#options.discard(next.identity)
  }

  async close(): Promise<void> {
    await this.#spool.close()
  }
}
