// Envelopes in memory, for tests: the same answers as the real store, to the same contract.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { eventSubject } from '@secumon/contracts/subjects'
import type { EventStore } from '@secumon/domain/event-store'

type Stored = { readonly position: number; readonly commandId: string; readonly bytes: Uint8Array }

export function memoryEventStore(): EventStore {
  const subjects = new Map<string, Stored[]>()
  let last = 0
  return {
    read: async (aggregate) => {
      const stored = subjects.get(eventSubject(aggregate)) ?? []
      const envelopes = stored.map(({ bytes }) => fromBinary(EnvelopeSchema, bytes))
      return { envelopes, position: stored.at(-1)?.position ?? 0 }
    },
    append: async (aggregate, envelope, expected) => {
      const subject = eventSubject(aggregate)
      const stored = subjects.get(subject) ?? []
      const bytes = toBinary(EnvelopeSchema, envelope)
      const { commandId } = envelope
      const earlier = stored.find((each) => each.commandId === commandId)
      const isSame = earlier !== undefined && Buffer.compare(earlier.bytes, bytes) === 0
      if (isSame) return { outcome: 'appended', position: earlier.position }
      if (earlier || (stored.at(-1)?.position ?? 0) !== expected) return { outcome: 'conflict' }
      stored.push({ position: ++last, commandId, bytes })
      subjects.set(subject, stored)
      return { outcome: 'appended', position: last }
    },
  }
}
