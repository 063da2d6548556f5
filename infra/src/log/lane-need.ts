// What a lane needs whose log ends before its archive does: which records projections still lack, and from where on
// the subject goes on. Pure.

import type { ChainHeadEntry } from '../archive/archive.ts'
import { comparePlaces, type LanePlace } from './lane-place.ts'

export type Place = { readonly epoch: number; readonly sequence: number; readonly hash: Uint8Array }

/** How far an enabled projection has come in a lane. */
export type Taken =
  | Place
  /** Nothing yet, though it has begun: what arrived from then on it may lack; what is older it never wanted. */
  | { readonly nothingSinceMs: number }

export type LoggedEnd = {
  /** Of the subject's last message; 0: it has none. */
  readonly position: number
  /** Undefined when there is none or it cannot be read. */
  readonly place: LanePlace | undefined
}

export type LaneNeed = {
  readonly head: ChainHeadEntry
  readonly logged: LoggedEnd
  /** Up to here nothing is published again; epoch 0 before the first record. */
  readonly after: Place
  /** What arrived earlier only those want that have taken records of the lane. */
  readonly sinceMs: number
  /** The lowest place taken; undefined when nobody has taken any. */
  readonly lowest: Place | undefined
}

const BEGINNING: Place = { epoch: 0, sequence: 0, hash: new Uint8Array() }

export type LaneStanding = 'whole' | 'forked' | 'behind'

/** How the log of a lane compares with its archive. One that is ahead is whole: the archive will read it. */
export function standing({ place }: LoggedEnd, head: ChainHeadEntry): LaneStanding {
  if (!place) return 'behind'
  const order = comparePlaces(place, head)
  if (order < 0) return 'behind'
  return order > 0 || Buffer.compare(place.hash, head.hash) === 0 ? 'whole' : 'forked'
}

/** What has to be published again so that no projection lacks anything. */
export function laneNeed(head: ChainHeadEntry, logged: LoggedEnd, taken: readonly Taken[]): LaneNeed {
  const places = taken.filter((each) => 'epoch' in each)
  const lowest = places.toSorted(comparePlaces)[0]
  const since = taken.flatMap((each) => ('epoch' in each ? [] : [each.nothingSinceMs]))
  const sinceMs = Math.min(Infinity, ...since)
  // Beyond the archive's end a projection may be, the lane must not: the agent still has what comes there.
  const wanted = since.length > 0 ? BEGINNING : (lowest ?? head)
  const from = comparePlaces(wanted, head) > 0 ? head : wanted
  const { place } = logged
  const after = place && comparePlaces(place, from) > 0 ? place : from
  return { head, logged, after, sinceMs, lowest }
}

/** Whether some projection may lack the record. */
export const isWanted = (
  { after, lowest, sinceMs }: LaneNeed,
  record: LanePlace,
  receivedAtMs = Infinity,
): boolean =>
  comparePlaces(record, after) > 0 &&
  (receivedAtMs >= sinceMs || (lowest !== undefined && comparePlaces(record, lowest) > 0))
