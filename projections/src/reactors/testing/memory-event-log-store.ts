// Aggregates in a log in memory, so that reactors under test read what they and others append.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, eventSubject } from '@secumon/contracts/subjects'
import type { EventStore } from '@secumon/domain/event-store'
import type { MemoryLog } from '../../testing/memory-log.ts'

/** Envelopes lie in clear. */
export function memoryEventLogStore(log: MemoryLog): EventStore {
  const heldBy = (subject: string) =>
    log.messages(EVENTS_STREAM).filter((message) => message.subject === subject)
  return {
    read: async (aggregate) => {
      const held = heldBy(eventSubject(aggregate))
      const envelopes = held.map(({ payload }) => fromBinary(EnvelopeSchema, payload))
      return { envelopes, position: held.at(-1)?.position ?? 0 }
    },
    append: async (aggregate, envelope, expected) => {
      const subject = eventSubject(aggregate)
      if ((heldBy(subject).at(-1)?.position ?? 0) !== expected) return { outcome: 'conflict' }
      log.append(EVENTS_STREAM, { subject, payload: toBinary(EnvelopeSchema, envelope) })
      return { outcome: 'appended', position: heldBy(subject).at(-1)?.position ?? 0 }
    },
  }
}
