// The content a tenant has, read from EVENTS, so that it is what was appended a moment ago.

import { fromBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, parseEventSubject } from '@secumon/contracts/subjects'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import { isShredded, openEnvelope } from '@secumon/infra/vault/envelope-sealing'
import { ContentFault, type ContentKind, type Existing, type Names } from './content-kind.ts'

/** What exists of each kind, gone things too, in the order in which they were made. */
export type ExistingContent = ReadonlyMap<string, readonly Existing[]>

type Log = {
  nextMessage(stream: string, from: { subject: string; position: number }): Promise<LogMessage | undefined>
}

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
  for (let position = 1; ; position++) {
    const message = await log.nextMessage(EVENTS_STREAM, { subject, position })
    if (!message) break
    position = message.position
    const id = parseEventSubject(message.subject)?.id ?? ''
    const envelope = await openEnvelope(message.subject, fromBinary(EnvelopeSchema, message.payload), keys)
    if (!isShredded(envelope)) found.set(id, [...(found.get(id) ?? []), envelope])
  }
  return [...found].map(([id, envelopes]) => ({
    id,
    events: envelopes.toSorted((a, b) => Number(a.version - b.version)).flatMap(eventsOf),
  }))
}

/** Names of what exists, and of what a file is about to make. */
export class NameBook implements Names {
  readonly #ids = new Map<string, Map<string, string>>()

  /** The first of several things with the same name keeps it. */
  add(kind: string, name: string, id: string): void {
    const ids = this.#ids.get(kind) ?? new Map<string, string>()
    this.#ids.set(kind, ids)
    if (!ids.has(name)) ids.set(name, id)
  }

  find(kind: string, name: string): string | undefined {
    return this.#ids.get(kind)?.get(name)
  }

  idOf(kind: string, name: string): string {
    const id = this.find(kind, name)
    if (id === undefined)
      throw new ContentFault(`there is none of ${kind} with the name ${JSON.stringify(name)}`)
    return id
  }

  count(kind: string): number {
    return this.#ids.get(kind)?.size ?? 0
  }

  nameOf(kind: string, id: string): string {
    for (const [name, each] of this.#ids.get(kind) ?? []) if (each === id) return name
    return id
  }
}
