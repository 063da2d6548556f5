// What of a log message goes into the archive: everything but watermarks, which only say again where a lane stands.
// What cannot be read is archived too, as it is: whoever reads it some day may do better.

import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { EVENTS_STREAM, isTenant, SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { ArchivedRecord, ArchiveKeys, SegmentKind } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { isShredded, toArchivedPayload } from '@secumon/infra/vault/envelope-sealing'
import { KeysUnavailable } from '@secumon/infra/vault/key-faults'

/** @throws KeysUnavailable when there is an envelope whose key cannot be had now */
export async function archivedRecords(
  messages: readonly LogMessage[],
  keys: ArchiveKeys,
): Promise<ArchivedRecord[]> {
  const records: ArchivedRecord[] = []
  // A promise for each of some thousand frames would cost more than the record.
  for (const message of messages)
    records.push(message.stream === EVENTS_STREAM ? await eventRecord(message, keys) : laneRecord(message))
  return records
}

async function eventRecord(message: LogMessage, keys: ArchiveKeys): Promise<ArchivedRecord> {
  const { stream, position, subject } = message
  const payload = await openedPayload(message, keys)
  return { tenant: tenantOf(message), kind: 'events', stream, position, subject, payload }
}

function laneRecord(message: LogMessage): ArchivedRecord {
  const { stream, position, subject, payload } = message
  const kind: SegmentKind = stream.startsWith('LOGS_') ? 'logs' : 'telemetry'
  const place = { tenant: tenantOf(message), kind, stream, position, subject, payload }
  const receivedAtMs = headerNumber(message, RECEIVED_AT)
  const clockOffsetMs = headerNumber(message, CLOCK_OFFSET)
  if (receivedAtMs !== undefined && clockOffsetMs !== undefined)
    return { ...place, receivedAtMs, clockOffsetMs }
  return {
    ...place,
    ...(receivedAtMs !== undefined && { receivedAtMs }),
    ...(clockOffsetMs !== undefined && { clockOffsetMs }),
  }
}

/** The tenant is the second token of an event's subject, and the third of a lane's. */
function tenantOf({ stream, subject }: LogMessage): string {
  const tenant = subject.split('.', 3)[stream === EVENTS_STREAM ? 1 : 2] ?? ''
  return isTenant(tenant) ? tenant : SYSTEM_TENANT
}

// Sealed bytes that nobody can open, or that are no envelope, are kept as they are.
async function openedPayload({ subject, payload }: LogMessage, keys: ArchiveKeys): Promise<Uint8Array> {
  try {
    const opened = await toArchivedPayload(subject, payload, keys)
    return isShredded(opened) ? payload : opened
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error
    return payload
  }
}

function headerNumber(message: LogMessage, name: string): number | undefined {
  const text = message.header(name)
  const value = Number(text)
  return text !== undefined && text !== '' && Number.isSafeInteger(value) ? value : undefined
}
