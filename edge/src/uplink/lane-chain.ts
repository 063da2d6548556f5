// One lane's chain on this host: seals what it is given behind the spool's head, and moves to a new chain when the old
// one cannot go on, taking along what surely never reached the log, and the places of what is no longer there.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
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
import { setImmediate } from 'node:timers/promises'
import type { SealedAt } from '../host-clock.ts'
import {
  SpoolFull,
  type Missing,
  type Spool,
  type SpoolCursor,
  type SpoolEntry,
  type SpoolRecord,
} from '../spool/spool.ts'

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
  /** Makes the move final: after it a restart opens the new chain. */
  readonly commit: (chain: SigningChain) => void
  /** Removes the spool of a chain that was left. */
  readonly discard: (chain: ChainIdentity) => void
  /** Keeps a frame that no log will take, for a person to look at. */
  readonly quarantine: (chain: ChainIdentity, record: SpoolRecord, why: string) => void
}

/** When what a frame carries was made, by both clocks. */
export type MadeAt = { readonly sentAtMs: number; readonly sealedAt: SealedAt }

export type LaneContent = Omit<FrameContent, 'sentAtMs'>

export type Moved = {
  readonly rebuilt: number
  readonly quarantined: number
  /** Frames the old spool had dropped or lost, and ones for which there was no room: a gap stands for them. */
  readonly lost: number
}

/** The content does not fit into one frame. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge'
}

const FRAMES_PER_TURN = 32

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

  /** Goes on as another chain. Frames appended meanwhile go along. Old and new spool are both on disk until it ends. */
  async move(next: SigningChain): Promise<Moved> {
    if (this.#isMoving) throw new Error('a chain moves once at a time')
    this.#isMoving = true
    const { identity } = this.#chain
    const old = this.#spool
    const spool = this.#options.openSpool(next.identity, anchorOf(next.epochStarted))
    try {
      const moved = await this.#fill(spool, next)
      await old.close()
      this.#options.discard(identity)
      return moved
    } catch (error) {
      if (this.#spool !== spool) await spool.close()
      throw error
    } finally {
      this.#isMoving = false
    }
  }

  async close(): Promise<void> {
    await this.#spool.close()
  }

  // Becomes the new chain in the very step in which it finds nothing more to move, so that no append falls between;
  // and only when the new files are safe: a restart opens what was committed, and looks into the old ones no more.
  async #fill(spool: Spool, next: SigningChain): Promise<Moved> {
    const moved = { rebuilt: 0, quarantined: 0, lost: 0 }
    const moving = { spool, next, moved, doubtfulUpTo: this.#forkedAt ?? this.#accepted }
    const cursor = this.#spool.read(this.#accepted + 1)
    try {
      for (let count = 1; ; count++) {
        const entry = cursor.next() ?? (await this.#synced(spool, cursor))
        if (!entry) {
          this.#options.commit(next)
          this.#become(next, spool)
          return moved
        }
        this.#carry(entry, moving)
        if (count % FRAMES_PER_TURN === 0) await setImmediate()
      }
    } finally {
      cursor.close()
    }
  }

  // What was appended while the disk was busy comes next.
  async #synced(spool: Spool, cursor: SpoolCursor): Promise<SpoolEntry | undefined> {
    const { note } = this.#spool
    if (note) spool.remember(note)
    spool.inherit()
    await spool.sync()
    return cursor.next()
  }

  #carry(entry: SpoolEntry, { spool, next, moved, doubtfulUpTo }: Moving): void {
    if (entry.kind === 'missing') {
      const count = neverDurable(entry.missing, this.#spool)
      if (count > 0) spool.skip(count)
      moved.lost += count
    } else if (entry.record.sequence > doubtfulUpTo) moved[rebuild(entry.record, spool, next)]++
    else {
      this.#options.quarantine(this.identity, entry.record, 'it follows a forked head')
      moved.quarantined++
    }
  }

  #become(next: SigningChain, spool: Spool): void {
    this.#chain = next
    this.#spool = spool
    this.#accepted = 0
    this.#submitted = 0
    this.#forkedAt = undefined
  }
}

type Moving = {
  readonly spool: Spool
  readonly next: SigningChain
  readonly moved: { -readonly [Count in keyof Moved]: number }
  readonly doubtfulUpTo: number
}

// What was durable is in the archive, under the chain that is left.
const neverDurable = ({ first, last }: Missing, { durable }: Spool): number =>
  Math.max(0, last - Math.max(first - 1, durable))

// Same content and same moment, new header and signature.
function rebuild(record: SpoolRecord, spool: Spool, { identity, key }: SigningChain): 'rebuilt' | 'lost' {
  const { sentAtMs, ...content } = fromBinary(AgentFrameSchema, record.bytes)
  const sealed = sealFrame(identity, spool.head, { ...content, sentAtMs: Number(sentAtMs) }, key)
  try {
    spool.append(sealed, { bootId: record.bootId, uptimeMs: record.uptimeMs })
    return 'rebuilt'
  } catch (error) {
    if (!(error instanceof SpoolFull)) throw error
    spool.skip(1)
    return 'lost'
  }
}
