// The move of lanes to their next chains: all of them or none. What surely never reached the log goes along, and so do
// the places of what is no longer there. Until the move is committed nothing of the old chains is touched.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { sealFrame } from '@secumon/contracts/frame'
import { setImmediate } from 'node:timers/promises'
import { isDiskFull } from '../error-code.ts'
import { SpoolFull, type Missing, type Spool, type SpoolEntry, type SpoolRecord } from '../spool/spool.ts'
import type { LaneChain, SigningChain } from './lane-chain.ts'

export type Moved = {
  readonly rebuilt: number
  readonly quarantined: number
  /** Frames the old spool had dropped or lost, and ones for which there was no room: a gap stands for them. */
  readonly lost: number
}

export type LaneMoveOptions = {
  readonly from: Spool
  readonly to: Spool
  readonly next: SigningChain
  /** How far the log is known to be. */
  readonly accepted: number
  /** Frames up to here may be in the log, or follow something else there. */
  readonly doubtfulUpTo: number
  /** Takes a frame that is in doubt. */
  readonly setAside: (record: SpoolRecord) => void
}

const FRAMES_PER_TURN = 32

/**
 * Moves each lane to its next chain. Frames appended meanwhile go along; old and new spools are on disk until it ends.
 * @param commit makes it final, for all of them in one step: after it a restart opens the new chains
 */
export async function moveTogether(
  lanes: readonly { readonly lane: LaneChain; readonly next: SigningChain }[],
  commit: () => void,
): Promise<readonly Moved[]> {
  const begun: { lane: LaneChain; move: LaneMove }[] = []
  try {
    for (const { lane, next } of lanes) begun.push({ lane, move: lane.beginMove(next) })
    // Becomes the new chains in the very step in which there is nothing more to move, so that no append falls between.
    do for (const { move } of begun) await move.fill()
    while (!begun.every(({ move }) => move.isComplete))
    commit()
  } catch (error) {
    // On a disk that is failing a new spool may not even close: no lane may be left in a move for that.
    await Promise.allSettled(begun.map(({ lane, move }) => lane.abandonMove(move)))
    throw error
  }
  const left = begun.map(({ lane, move }) => lane.become(move))
  for (const leave of left) await leave()
  return begun.map(({ move }) => move.moved)
}

/** One lane's part of it: fills the new spool with what the old one has, until nothing more comes. */
export class LaneMove {
  readonly moved: { -readonly [Count in keyof Moved]: number } = { rebuilt: 0, quarantined: 0, lost: 0 }
  readonly #options: LaneMoveOptions
  /** What of the old spool is in the new one, and whether that survives a power failure. */
  #carried: number
  #note: Uint8Array | undefined
  #isSafe = false

  constructor(options: LaneMoveOptions) {
    this.#options = options
    this.#carried = options.accepted
  }

  get next(): SigningChain {
    return this.#options.next
  }

  get to(): Spool {
    return this.#options.to
  }

  /** Nothing was appended since all of it was safe. */
  get isComplete(): boolean {
    const { head, note } = this.#options.from
    return this.#isSafe && this.#carried >= head.sequence && this.#note === note
  }

  /** Takes along what is there, and makes it safe. */
  async fill(): Promise<void> {
    const { from, to } = this.#options
    await this.#carryAll()
    if (from.note && from.note !== this.#note) to.remember(from.note)
    this.#note = from.note
    to.inherit()
    await to.sync()
    this.#isSafe = true
  }

  async #carryAll(): Promise<void> {
    const cursor = this.#options.from.read(this.#carried + 1)
    try {
      let count = 0
      for (let entry = cursor.next(); entry; entry = cursor.next()) {
        this.#carry(entry)
        if (++count % FRAMES_PER_TURN === 0) await setImmediate()
      }
    } finally {
      cursor.close()
    }
  }

  #carry(entry: SpoolEntry): void {
    const { from, to, doubtfulUpTo, setAside } = this.#options
    this.#isSafe = false
    if (entry.kind === 'missing') {
      const count = neverDurable(entry.missing, from)
      if (count > 0) to.skip(count)
      this.moved.lost += count
      this.#carried = entry.missing.last
      return
    }
    const { record } = entry
    if (record.sequence > doubtfulUpTo) this.moved[this.#rebuild(record)]++
    else {
      setAside(record)
      this.moved.quarantined++
    }
    this.#carried = record.sequence
  }

  // Same content and same moment, new header and signature.
  #rebuild(record: SpoolRecord): 'rebuilt' | 'lost' {
    const { to, next } = this.#options
    const { sentAtMs, ...content } = fromBinary(AgentFrameSchema, record.bytes)
    const sealed = sealFrame(next.identity, to.head, { ...content, sentAtMs: Number(sentAtMs) }, next.key)
    try {
      to.append(sealed, { bootId: record.bootId, uptimeMs: record.uptimeMs })
      return 'rebuilt'
    } catch (error) {
      // On a full disk the move can be made later: nothing of the old chain has to be lost for it.
      if (!(error instanceof SpoolFull) || isDiskFull(error)) throw error
      to.skip(1)
      return 'lost'
    }
  }
}

// What was durable is in the archive, under the chain that is left.
const neverDurable = ({ first, last }: Missing, { durable }: Spool): number =>
  Math.max(0, last - Math.max(first - 1, durable))
