// The shape of every aggregate: what state is at first, what a command causes, what an event changes.

import type { DomainEvent as DomainEventMessage } from '@secumon/contracts/gen/envelope'

/** One event of the protobuf oneof: `{ case: 'agentEnrolled', value: … }`. */
export type DomainEvent = Extract<DomainEventMessage['event'], { readonly case: string }>

/** Which aggregate: `events.<tenant>.<aggregate>.<id>`. */
export type AggregateRef = { readonly tenant: string; readonly aggregate: string; readonly id: string }

/**
 * Pure. `decide` returns no events when the command has already had its effect, and throws `Rejected` when it
 * cannot have it. Time and ids arrive on the command.
 */
export type Decider<Command, State> = {
  readonly aggregate: string
  readonly initial: State
  readonly decide: (command: Command, state: State) => DomainEvent[]
  readonly evolve: (state: State, event: DomainEvent) => State
}
