// A record of the archive as the message of the log that it was.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeContentSchema, EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import type { ArchivedLeaf, ArchivedRecord } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'

/** Its hash is that of the leaf: the archive does not keep the one that a checkpoint would remember. */
export function archivedMessage(leaf: ArchivedLeaf): LogMessage {
  const { stream, position, subject, leafHash } = leaf
  const headers: Record<string, number | undefined> = {
    [RECEIVED_AT]: leaf.receivedAtMs,
    [CLOCK_OFFSET]: leaf.clockOffsetMs,
  }
  return {
    stream,
    position,
    subject,
    payload: openedPayload(leaf),
    header: (name) => headers[name]?.toString(),
    hash: () => leafHash,
  }
}

// What lay sealed in the log is read as if it never had been.
function openedPayload({ kind, payload }: ArchivedRecord): Uint8Array {
  if (kind !== 'events') return payload
  const { sealed, content, ...envelope } = fromBinary(EnvelopeSchema, payload)
  if (!sealed || content.length === 0) return payload
  const { actor, cause, events } = fromBinary(EnvelopeContentSchema, content)
  return toBinary(EnvelopeSchema, {
    ...envelope,
    ...(actor && { actor }),
    ...(cause && { cause }),
    events,
    content: new Uint8Array(),
  })
}
