// Aggregate `incident`: alerts that are handled together. What becomes of it is decided over the whole state of telling
// people; here is only held that one decision follows the other, so that of two deciders one wins.

import type { AggregateRef, Decider, DomainEvent } from '../decider.ts'

export type IncidentHistory = { readonly events: number; readonly closed: boolean }

export type IncidentCommand = {
  readonly kind: 'Advance'
  /** How many events the decision has seen: where there are more by now, it was made too late and has no effect. */
  readonly after: number
  readonly events: readonly DomainEvent[]
}

/** The aggregate of an incident. */
export const incidentAggregate = (tenant: string, id: string): AggregateRef => ({
  tenant,
  aggregate: incident.aggregate,
  id,
})

export const incident: Decider<IncidentCommand, IncidentHistory> = {
  aggregate: 'incident',
  initial: { events: 0, closed: false },
  decide: ({ after, events }, state) => (state.closed || state.events !== after ? [] : [...events]),
  evolve: ({ events, closed }, event) => ({
    events: events + 1,
    closed: closed || event.case === 'incidentClosed',
  }),
}
