// The content a tenant has, read from EVENTS, so that it is what was appended a moment ago.

import { fromBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, parseEventSubject } from '@secumon/contracts/subjects'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { EventLog, LogMessage } from '@secumon/infra/eventlog/event-log'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import { isShredded, openEnvelope } from '@secumon/infra/vault/envelope-sealing'
import type { ContentKind, Existing } from './content-kind.ts'

/** What exists of each kind, gone things too, in the order in which they were made. */
export type ExistingContent = ReadonlyMap<string, readonly Existing[]>

type Log = Pick<EventLog, 'lastMessage' | 'consume'>

type Wanted = { readonly tenant: string; readonly kinds: readonly ContentKind[] }

/** @throws LogDisconnected, KeysUnavailable */
export async function existingContent(
  log: Log,
  keys: ArchiveKeys,
  { tenant, kinds }: Wanted,
): Promise<ExistingContent> {
  const content = new Map<string, readonly Existing[]>()
  for (const { key, aggregate } of kinds)
    content.set(key, await readAll(log, keys, `events.${tenant}.${aggregate}.>`))
  return content
}

async function readAll(log: Log, keys: ArchiveKeys, subject: string): Promise<Existing[]> {
  const found = new Map<string, Envelope[]>()
  for await (const message of messagesOf(log, subject)) {
    const id = parseEventSubject(message.subject)?.id ?? ''
    const envelope = await openEnvelope(message.subject, fromBinary(EnvelopeSchema, message.payload), keys)
    if (isShredded(envelope)) continue
    const envelopes = found.get(id)
    if (envelopes) envelopes.push(envelope)
    else found.set(id, [envelope])
  }
  return [...found].map(([id, envelopes]) => ({
    id,
    events: envelopes.toSorted((a, b) => Number(a.version - b.version)).flatMap(eventsOf),
  }))
}

/** All that there are now; one stream of them, for of some kinds there are tens of thousands. */
async function* messagesOf(log: Log, subject: string): AsyncGenerator<LogMessage> {
  const last = (await log.lastMessage(EVENTS_STREAM, subject))?.position ?? 0
  if (last === 0) return
  const stop = new AbortController()
  for await (const batch of log.consume(EVENTS_STREAM, { start: 1, subject, signal: stop.signal }))
    for (const message of batch) {
      yield message
      if (message.position >= last) return
    }
}
