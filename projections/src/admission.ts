// The one gate before a projector: what a batch's facts are by the positions beside the checkpoint. The positions of
// lanes and of aggregates are two books with the same shape.

import type { Transaction } from 'kysely'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Fact } from './projector.ts'

export type PlatformTx = Transaction<PlatformTables>

/** The log lacked what must have been there; the fact is applied all the same. */
export type Hole = { readonly fact: Fact; readonly expected: string; readonly found: string }

/** What a batch's facts turned out to be. */
export type Admission = {
  readonly admitted: Fact[]
  readonly holes: Hole[]
  /** Taken before, by chain: a redelivery, or a log that was rolled back and filled again. */
  readonly seen: Fact[]
  /** Another record than the one that was taken at its place: not taken, and told. */
  readonly forked: Fact[]
}

/** Positions of what a stream carries, as of the last commit. One batch at a time. */
export type PositionBook = {
  /** Sorts a batch's facts; keeps the positions they lead to aside. */
  admit(tx: PlatformTx, facts: readonly Fact[]): Promise<Admission>
  /** Writes the positions kept aside, one statement. */
  write(tx: PlatformTx): Promise<void>
  /** The transaction is committed: what was kept aside is the truth now. */
  confirm(): void
  /** Forgets everything remembered: the database knows better. */
  forget(): void
}

export const noAdmission = (): Admission => ({ admitted: [], holes: [], seen: [], forked: [] })
