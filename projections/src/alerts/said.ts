// The domain events of a batch, one by one, each with what a row needs to know of its envelope.

import type { DomainEvent as DomainEventMessage, Envelope } from '@secumon/contracts/gen/envelope'
import type { DomainEvent } from '@secumon/domain/decider'
import type { EnvelopeFact, Fact } from '../projector.ts'

/** Who caused an event, as rows keep it. */
export type StoredActor = { readonly kind: 'user' | 'agent' | 'platform'; readonly id: string }

export type Said = {
  readonly tenant: string
  readonly aggregate: string
  readonly id: string
  /** Of the aggregate. */
  readonly version: number
  /** Which of its envelope's events, from 0. */
  readonly ordinal: number
  /** When it was decided. */
  readonly atMs: number
  readonly actor: StoredActor | null
  readonly event: DomainEvent
  readonly message: DomainEventMessage
}

/** The events that this version knows, in order. */
export const saidIn = (batch: readonly Fact[]): Said[] =>
  batch.flatMap((fact) => (fact.kind === 'envelope' ? saidInEnvelope(fact) : []))

function saidInEnvelope({ tenant, aggregate, id, envelope }: EnvelopeFact): Said[] {
  const common = {
    tenant,
    aggregate,
    id,
    version: Number(envelope.version),
    atMs: Number(envelope.atMs),
    actor: actorOf(envelope),
  }
  return envelope.events.flatMap((message, ordinal) => {
    const { event } = message
    return event.case === undefined ? [] : [{ ...common, ordinal, event, message }]
  })
}

function actorOf({ actor }: Envelope): StoredActor | null {
  const who = actor?.actor
  return who?.case === undefined ? null : { kind: who.case, id: who.value }
}
