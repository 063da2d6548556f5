// Where envelopes are kept: one ordered stream per aggregate, appended under an expected version.

import type { Envelope } from '@secumon/contracts/gen/envelope'
import type { AggregateRef } from './decider.ts'

export type AggregateHistory = {
  /** In order of version, from 1. */
  readonly envelopes: readonly Envelope[]
  /** Where the newest lies: hand it to `append` as `expected`. 0 when there is nothing yet. */
  readonly position: number
}

export type AppendAnswer =
  { readonly outcome: 'appended'; readonly position: number } | { readonly outcome: 'conflict' }

export type EventStore = {
  /** Reads one aggregate whole. @throws Rejected `unavailable` when the log cannot be reached */
  read(aggregate: AggregateRef): Promise<AggregateHistory>
  /**
   * Appends one envelope if nobody else did since `expected` was read. The very same envelope that is already there
   * counts as appended; another one with its command id is a conflict, and reading again finds it.
   * @throws Rejected `unavailable` when the log cannot be reached or has not been reconciled yet
   */
  append(aggregate: AggregateRef, envelope: Envelope, expected: number): Promise<AppendAnswer>
}
