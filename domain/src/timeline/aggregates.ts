// The log of a script: every aggregate with its events, in memory.

import type { AggregateRef, Decider, DomainEvent } from '../decider.ts'
import type { NotifyFact } from '../notification/evolve.ts'

/** One aggregate: its events in order, and how many decisions made them. */
export type Held = {
  readonly ref: AggregateRef
  readonly version: number
  readonly events: readonly DomainEvent[]
}

export type Commanded<Command, State> = {
  readonly ref: Omit<AggregateRef, 'aggregate'>
  readonly decider: Decider<Command, State>
  readonly command: Command
  readonly atMs: number
}

export class Aggregates {
  readonly #held = new Map<string, Held>()
  readonly #onAppended: (fact: NotifyFact) => void

  constructor(onAppended: (fact: NotifyFact) => void) {
    this.#onAppended = onAppended
  }

  /** Carries out a command and tells of what it caused. @throws Rejected */
  execute<Command, State>({ ref: { tenant, id }, decider, command, atMs }: Commanded<Command, State>): void {
    const ref = { tenant, id, aggregate: decider.aggregate }
    const held = this.#held.get(keyOf(ref)) ?? { ref, version: 0, events: [] }
    const events = decider.decide(command, stateOf(held, decider))
    if (events.length === 0) return
    const version = held.version + 1
    this.#held.set(keyOf(ref), { ref, version, events: [...held.events, ...events] })
    this.#onAppended({ ...ref, version, atMs, events })
  }

  /** Those of one kind, in the order in which they began. */
  all(aggregate: string, tenant?: string): Held[] {
    return [...this.#held.values()].filter(
      ({ ref }) => ref.aggregate === aggregate && (tenant === undefined || ref.tenant === tenant),
    )
  }

  state<Command, State>(tenant: string, id: string, decider: Decider<Command, State>): State {
    const held = this.#held.get(keyOf({ tenant, id, aggregate: decider.aggregate }))
    return held ? stateOf(held, decider) : decider.initial
  }
}

/** What its events come to. */
export const stateOf = <State>(
  { events }: Pick<Held, 'events'>,
  { initial, evolve }: Pick<Decider<never, State>, 'initial' | 'evolve'>,
): State => events.reduce(evolve, initial)

const keyOf = ({ tenant, aggregate, id }: AggregateRef): string => `${tenant}/${aggregate}/${id}`
