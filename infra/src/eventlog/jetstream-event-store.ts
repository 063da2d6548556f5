// Envelopes in the stream EVENTS: one subject per aggregate, fenced by the subject's last position. They lie there
// sealed under their tenant's key; whoever asks here sees them in clear.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, eventSubject } from '@secumon/contracts/subjects'
import type { AggregateRef } from '@secumon/domain/decider'
import type { AggregateHistory, AppendAnswer, EventStore } from '@secumon/domain/event-store'
import { Rejected } from '@secumon/domain/rejected'
import type { ArchiveKeys } from '../archive/archive.ts'
import { isShredded, NO_KEYS, openEnvelope, sealEnvelope } from '../vault/envelope-sealing.ts'
import { KeysUnavailable } from '../vault/key-faults.ts'
import { LogDisconnected, type LogMessage } from './event-log.ts'
import type { NatsEventLog } from './nats-event-log.ts'

const RETRY_AFTER_MS = 1_000

type EnvelopeLog = Pick<NatsEventLog, 'append' | 'messageAt' | 'nextMessage'>

/** @param keys absent: only what lies in clear can be read and written */
export function jetStreamEventStore(log: EnvelopeLog, keys: ArchiveKeys = NO_KEYS): EventStore {
  const store = { log, keys }
  return {
    read: (aggregate) => reachable(() => read(store, aggregate)),
    append: (aggregate, envelope, expected) =>
      reachable(() => append(store, { aggregate, envelope, expected })),
  }
}

type SealedStore = { readonly log: EnvelopeLog; readonly keys: ArchiveKeys }

async function read({ log, keys }: SealedStore, aggregate: AggregateRef): Promise<AggregateHistory> {
  const subject = eventSubject(aggregate)
  const envelopes: Envelope[] = []
  let position = 0
  for (;;) {
    const message = await log.nextMessage(EVENTS_STREAM, { subject, position: position + 1 })
    if (!message) return { envelopes: inOrder(envelopes), position }
    const envelope = await openEnvelope(subject, envelopeOf(message), keys)
    // A decision must not rest on half a history.
    if (isShredded(envelope)) throw new Rejected('not_found', `${subject} was shredded: nobody can read it`)
    envelopes.push(envelope)
    position = message.position
  }
}

// What reconcile puts back into a subject can come after what followed it.
const inOrder = (envelopes: readonly Envelope[]): Envelope[] =>
  envelopes.toSorted((a, b) => Number(a.version - b.version))

type Append = { readonly aggregate: AggregateRef; readonly envelope: Envelope; readonly expected: number }

async function append(store: SealedStore, request: Append): Promise<AppendAnswer> {
  const { aggregate, envelope, expected } = request
  const { log, keys } = store
  const subject = eventSubject(aggregate)
  const payload = await sealEnvelope(subject, envelope, keys)
  const outcome = await log.append(subject, payload, {
    expectedLast: expected,
    messageId: messageId(aggregate, envelope),
  })
  if (outcome.outcome === 'unavailable') throw notNow(outcome.reason)
  if (outcome.outcome === 'appended' && !outcome.duplicate) return placed(outcome.position)
  const stored =
    outcome.outcome === 'conflict'
      ? await log.nextMessage(EVENTS_STREAM, { subject, position: expected + 1 })
      : await log.messageAt(EVENTS_STREAM, outcome.position)
  const isOurs = stored?.subject === subject && (await isSame(envelopeOf(stored), request, keys))
  return isOurs ? placed(stored.position) : { outcome: 'conflict' }
}

const placed = (position: number): AppendAnswer => ({ outcome: 'appended', position })

// Sealed bytes differ with each attempt; what is in them does not.
async function isSame(
  stored: Envelope,
  { aggregate, envelope }: Append,
  keys: ArchiveKeys,
): Promise<boolean> {
  if (stored.commandId !== envelope.commandId || stored.version !== envelope.version) return false
  const opened = await openEnvelope(eventSubject(aggregate), stored, keys)
  return (
    isShredded(opened) ||
    Buffer.compare(toBinary(EnvelopeSchema, opened), toBinary(EnvelopeSchema, envelope)) === 0
  )
}

// The server forgets duplicates stream-wide: one command may touch two aggregates, so its id alone would not do.
const messageId = ({ aggregate, id }: AggregateRef, { commandId }: Envelope): string =>
  `${commandId}.${aggregate}.${id}`

const notNow = (reason: string): Rejected =>
  new Rejected('unavailable', `the event log does not take events now: ${reason}`, {
    retryAfterMs: RETRY_AFTER_MS,
  })

const envelopeOf = (message: LogMessage): Envelope => fromBinary(EnvelopeSchema, message.payload)

async function reachable<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    const unavailable = cause instanceof LogDisconnected || cause instanceof KeysUnavailable
    if (!unavailable) throw cause
    const whom = cause instanceof LogDisconnected ? 'the event log' : 'the vault'
    throw new Rejected('unavailable', `${whom} cannot be reached`, {
      retryAfterMs: RETRY_AFTER_MS,
      cause,
    })
  }
}
