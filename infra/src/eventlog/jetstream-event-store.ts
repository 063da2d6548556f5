// Envelopes in the stream EVENTS: one subject per aggregate, fenced by the subject's last position.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, eventSubject } from '@secumon/contracts/subjects'
import type { AggregateRef } from '@secumon/domain/decider'
import type { AggregateHistory, EventStore } from '@secumon/domain/event-store'
import { Rejected } from '@secumon/domain/rejected'
import { LogDisconnected, type LogMessage } from './event-log.ts'
import type { NatsEventLog } from './nats-event-log.ts'

const RETRY_AFTER_MS = 1_000

type EnvelopeLog = Pick<NatsEventLog, 'append' | 'messageAt' | 'nextMessage'>

export function jetStreamEventStore(log: EnvelopeLog): EventStore {
  return {
    read: (aggregate) => reachable(() => read(log, aggregate)),
    append: (aggregate, envelope, expected) =>
      reachable(() => append(log, { aggregate, envelope, expected })),
  }
}

async function read(log: EnvelopeLog, aggregate: AggregateRef): Promise<AggregateHistory> {
  const subject = eventSubject(aggregate)
  const envelopes: Envelope[] = []
  let position = 0
  for (;;) {
    const message = await log.nextMessage(EVENTS_STREAM, { subject, position: position + 1 })
    if (!message) return { envelopes: inOrder(envelopes), position }
    envelopes.push(envelopeOf(message))
    position = message.position
  }
}

// What reconcile puts back into a subject can come after what followed it.
const inOrder = (envelopes: readonly Envelope[]): Envelope[] =>
  envelopes.toSorted((a, b) => Number(a.version - b.version))

type Append = { readonly aggregate: AggregateRef; readonly envelope: Envelope; readonly expected: number }

async function append(log: EnvelopeLog, request: Append): Promise<'appended' | 'conflict'> {
  const { aggregate, envelope, expected } = request
  const subject = eventSubject(aggregate)
  const payload = toBinary(EnvelopeSchema, envelope)
  const outcome = await log.append(subject, payload, {
    expectedLast: expected,
    messageId: messageId(aggregate, envelope),
  })
  if (outcome.outcome === 'unavailable') throw notNow(outcome.reason)
  if (outcome.outcome === 'appended' && !outcome.duplicate) return 'appended'
  const stored =
    outcome.outcome === 'conflict'
      ? await log.nextMessage(EVENTS_STREAM, { subject, position: expected + 1 })
      : await log.messageAt(EVENTS_STREAM, outcome.position)
  return stored?.subject === subject && sameBytes(stored.payload, payload) ? 'appended' : 'conflict'
}

// The server forgets duplicates stream-wide: one command may touch two aggregates, so its id alone would not do.
const messageId = ({ aggregate, id }: AggregateRef, { commandId }: Envelope): string =>
  `${commandId}.${aggregate}.${id}`

const notNow = (reason: string): Rejected =>
  new Rejected('unavailable', `the event log does not take events now: ${reason}`, {
    retryAfterMs: RETRY_AFTER_MS,
  })

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const envelopeOf = (message: LogMessage): Envelope => fromBinary(EnvelopeSchema, message.payload)

async function reachable<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    if (!(cause instanceof LogDisconnected)) throw cause
    throw new Rejected('unavailable', 'the event log cannot be reached', {
      retryAfterMs: RETRY_AFTER_MS,
      cause,
    })
  }
}
