// Which records of a lane a projection takes: each once, in order, and no hole unnoticed. Pure.

import type { FrameFact, GapFact } from './projector.ts'

export type LaneFact = FrameFact | GapFact

/** How far a projection has come in an agent's lane. */
export type LanePosition = {
  readonly epoch: number
  /** Of the last record taken; a gap's is its last. */
  readonly sequence: number
  /** What the next record must name as its previous hash. Read it late: it may have to be computed. */
  readonly head: { readonly hash: Uint8Array }
  /** The first record taken: what was before it is not in this generation. */
  readonly horizon: { readonly epoch: number; readonly sequence: number; readonly atMs: number | undefined }
}

/** `forked`: another record was taken at the very end of the chain. */
export type LaneVerdict = 'next' | 'seen' | 'forked' | 'hole'

/** What to do with the record, by the position before it. A hole is applied too, but told. */
export function admitToLane(last: LanePosition | undefined, fact: LaneFact): LaneVerdict {
  const { epoch } = fact.header
  if (!last) return 'next'
  if (epoch < last.epoch) return 'seen'
  const taken = epoch === last.epoch ? last.sequence : 0
  if (lastOf(fact) < taken) return 'seen'
  if (lastOf(fact) === taken) return sameBytes(hashAfter(fact), last.head.hash) ? 'seen' : 'forked'
  return firstOf(fact) <= taken + 1 ? 'next' : 'hole'
}

/** The position once the record is taken. */
export function advanceLane(last: LanePosition | undefined, fact: LaneFact): LanePosition {
  const { epoch } = fact.header
  const sequence = lastOf(fact)
  const head = fact.kind === 'frame' ? fact : { hash: hashAfter(fact) }
  const horizon = last?.horizon ?? { epoch, sequence: firstOf(fact), atMs: fact.receivedAtMs }
  return { epoch, sequence, head, horizon }
}

/** Where a record was expected, for people. */
export const expectedAfter = (last: LanePosition | undefined): string =>
  `after epoch ${last?.epoch ?? 0} sequence ${last?.sequence ?? 0}`

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const hashAfter = (fact: LaneFact): Uint8Array => (fact.kind === 'frame' ? fact.hash : fact.header.hashOfLast)

const firstOf = (fact: LaneFact): number => (fact.kind === 'frame' ? fact.header.sequence : fact.header.first)
const lastOf = (fact: LaneFact): number => (fact.kind === 'frame' ? fact.header.sequence : fact.header.last)
