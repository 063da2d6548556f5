// The loop that carries out a command: read, fold, decide, append; again from the start when somebody else was faster.

import { create } from '@bufbuild/protobuf'
import {
  DomainEventSchema,
  EnvelopeSchema,
  type Actor,
  type Cause,
  type Envelope,
} from '@secumon/contracts/gen/envelope'
import type { Clock } from '@secumon/domain/clock'
import type { AggregateRef, Decider, DomainEvent } from '@secumon/domain/decider'
import type { AggregateHistory, EventStore } from '@secumon/domain/event-store'
import { Rejected } from '@secumon/domain/rejected'
import { setTimeout as delay } from 'node:timers/promises'

/** The meaning of the events written today; older ones pass through upcasters. */
export const ENVELOPE_SCHEMA = 1

/** An aggregate that nobody has written to. */
export const NOTHING_YET: AggregateHistory = { envelopes: [], position: 0 }

const MAX_ATTEMPTS = 20
const MAX_PAUSE_MS = 50

export type CommandRequest<Command> = {
  readonly aggregate: AggregateRef
  readonly command: Command
  /** ULID of the command, or a reactor's hash of cause and aggregate: the same id has its effect once. */
  readonly commandId: string
  readonly actor: Actor
  readonly cause?: Cause
  readonly clock: Clock
  /** Of the aggregate, that whoever commands has seen: another one by now is a conflict. Absent: the version does not matter. */
  readonly expectedVersion?: number
  /** What the aggregate most likely holds, so that it need not be read first: where that is wrong, it is read after all. */
  readonly presumed?: AggregateHistory
}

export type Handled = {
  /** What the command caused, now or when it was first handled; empty when it had no effect. */
  readonly events: readonly DomainEvent[]
  /** Of the aggregate, after the command; 0 when it does not exist. */
  readonly version: number
  /** Undefined when nothing had to be written. */
  readonly envelope: Envelope | undefined
  /** Of the aggregate, with what the command caused. */
  readonly history: AggregateHistory
}

/**
 * Carries out one command on one aggregate.
 * @throws Rejected by the decider; `unavailable` when the log cannot take it; `conflict` after too many races, or when it
 *   has another version than was expected
 */
export async function handle<Command, State>(
  store: EventStore,
  decider: Decider<Command, State>,
  request: CommandRequest<Command>,
): Promise<Handled> {
  const presumed = await handlePresumed(store, decider, request)
  if (presumed) return presumed
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const history = await store.read(request.aggregate)
    const done = await handleOn(store, decider, { ...request, history })
    if (done) return done
    await delay(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** attempt))
  }
  throw new Rejected(
    'conflict',
    `${request.aggregate.aggregate} ${request.aggregate.id} is too busy, try again`,
  )
}

// What was written was right, for the log takes nothing behind another history. Anything else has to be read to be said.
async function handlePresumed<Command, State>(
  store: EventStore,
  decider: Decider<Command, State>,
  request: CommandRequest<Command>,
): Promise<Handled | undefined> {
  if (!request.presumed) return undefined
  try {
    const done = await handleOn(store, decider, { ...request, history: request.presumed })
    return done?.envelope && done
  } catch (error) {
    if (error instanceof Rejected && error.code !== 'unavailable') return undefined
    throw error
  }
}

type OnHistory<Command> = CommandRequest<Command> & { readonly history: AggregateHistory }

/** Undefined when the aggregate has another history by now. */
async function handleOn<Command, State>(
  store: EventStore,
  decider: Decider<Command, State>,
  request: OnHistory<Command>,
): Promise<Handled | undefined> {
  const { aggregate, history } = request
  const earlier = history.envelopes.find(({ commandId }) => commandId === request.commandId)
  if (earlier) return handled(earlier, history)
  const version = versionOf(history)
  requireVersion(request, version)
  const events = decider.decide(request.command, fold(decider, history.envelopes))
  if (events.length === 0) return { events, version, envelope: undefined, history }
  const envelope = envelopeFor(request, events, version + 1)
  const answer = await store.append(aggregate, envelope, history.position)
  if (answer.outcome === 'conflict') return undefined
  return handled(envelope, { envelopes: [...history.envelopes, envelope], position: answer.position })
}

function requireVersion<Command>({ expectedVersion }: CommandRequest<Command>, version: number): void {
  // What is not there at all the decider refuses in its own words.
  if (expectedVersion === undefined || version === 0 || expectedVersion === version) return
  throw new Rejected(
    'conflict',
    `somebody changed it meanwhile: it has version ${version}, not ${expectedVersion}; look at it again`,
  )
}

/** The state of an aggregate after its envelopes. */
export function fold<Command, State>(
  decider: Decider<Command, State>,
  envelopes: readonly Envelope[],
): State {
  return envelopes.flatMap(eventsOf).reduce((state, event) => decider.evolve(state, event), decider.initial)
}

/** The events of an envelope that this version knows. */
export const eventsOf = (envelope: Envelope): DomainEvent[] =>
  envelope.events.flatMap(({ event }) => (event.case === undefined ? [] : [event]))

const handled = (envelope: Envelope, history: AggregateHistory): Handled => ({
  events: eventsOf(envelope),
  version: Number(envelope.version),
  envelope,
  history,
})

const versionOf = ({ envelopes }: AggregateHistory): number => Number(envelopes.at(-1)?.version ?? 0n)

function envelopeFor<Command>(
  request: CommandRequest<Command>,
  events: DomainEvent[],
  version: number,
): Envelope {
  return create(EnvelopeSchema, {
    commandId: request.commandId,
    version: BigInt(version),
    schema: ENVELOPE_SCHEMA,
    atMs: BigInt(request.clock.nowMs()),
    actor: request.actor,
    ...(request.cause && { cause: request.cause }),
    events: events.map((event) => create(DomainEventSchema, { event })),
  })
}
