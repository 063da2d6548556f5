// What one lane makes of the next record: a pure judgement of its place in the chain. Signatures are not looked at
// here; a verdict that accuses (fork, superseded) stands only when the signature is good.

import type { ChainHead } from '@secumon/contracts/frame'

/** Where a lane stands on one stream. */
export type Chain = {
  /** The lane's epoch when the stream began: a frame of an older one comes from a clone. */
  readonly openedEpoch: number
  readonly epoch: number
  /** The last record in the log. */
  readonly head: ChainHead
  /** The last record taken; beyond `head` while records wait for the log. */
  readonly tail: ChainHead
  /** The agent was told to send again from head + 1; what it sent before it heard is dropped silently. */
  readonly resending: boolean
}

/** A record's place: a frame has `first` = `last` and names its predecessor, a gap spans and names none. */
export type Offer = {
  readonly epoch: number
  readonly first: number
  readonly last: number
  readonly previousHash?: Uint8Array
  readonly hash: Uint8Array
}

export type Verdict =
  /** It follows the tail. */
  | 'take'
  /** It is in the log: say so again. */
  | 'known'
  /** It is waiting for the log, or the agent has not heard yet that it must send again. */
  | 'drop'
  /** The agent must send again from the head. */
  | 'rewind'
  /** The head's place, with another hash. */
  | 'fork'
  /** Of an epoch that had ended before this stream began. */
  | 'superseded'

export function judge(chain: Chain, offer: Offer): Verdict {
  if (offer.epoch < chain.openedEpoch) return 'superseded'
  if (offer.epoch !== chain.epoch) return chain.resending ? 'drop' : 'rewind'
  if (offer.first <= chain.tail.sequence) return judgeOverlap(chain, offer)
  if (offer.first > chain.tail.sequence + 1) return chain.resending ? 'drop' : 'rewind'
  if (offer.previousHash && !equalBytes(offer.previousHash, chain.tail.hash)) return 'rewind'
  return 'take'
}

function judgeOverlap(chain: Chain, offer: Offer): Verdict {
  if (offer.last > chain.tail.sequence) return 'rewind'
  if (offer.last > chain.head.sequence) return 'drop'
  if (offer.last < chain.head.sequence || equalBytes(offer.hash, chain.head.hash)) return 'known'
  return offer.previousHash ? 'fork' : 'rewind'
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

export const sameHead = (a: ChainHead, b: ChainHead): boolean =>
  a.sequence === b.sequence && equalBytes(a.hash, b.hash)

/** Where the chain stands when the record is in the log. */
export const headAfter = ({ last, hash }: Offer): ChainHead => ({ sequence: last, hash })
