// Data keys that the archive or the log is sealed with and that the vault does not have: it was restored from a backup
// that is older than they are.

import { fromBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, parseEventSubject } from '@secumon/contracts/subjects'
import type { CheckPlaces } from '@secumon/infra/archive/check-sources'
import { sealingKeys } from '@secumon/infra/archive/sealing-keys'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { NatsEventLog } from '@secumon/infra/eventlog/nats-event-log'
import { readUpTo } from '@secumon/infra/log/read-up-to'
import { listDataKeys } from '@secumon/infra/vault/key-acts'

export type MissingKey = {
  readonly tenant: string
  readonly keyId: string
  /** Records in the archive. */
  readonly leaves: number
  /** Envelopes in the log. */
  readonly envelopes: number
  /** When the first and the last of them were written, ms. */
  readonly firstAtMs: number
  readonly lastAtMs: number
}

export type KeyUse = { readonly db: Database; readonly places: CheckPlaces; readonly log: NatsEventLog }

/** By tenant, the oldest first. Reads the archive and the events of the log once, also when the log is not reconciled. */
export async function missingKeys({ db, places, log }: KeyUse): Promise<MissingKey[]> {
  const used = new Map<string, MissingKey>()
  const add = (use: MissingKey): void => {
    const known = used.get(`${use.tenant}/${use.keyId}`)
    used.set(`${use.tenant}/${use.keyId}`, known ? both(known, use) : use)
  }
  for (const sealed of await sealingKeys(places)) add({ ...sealed, envelopes: 0 })
  const { first, last } = await log.bounds(EVENTS_STREAM)
  const all = { stream: EVENTS_STREAM, start: first, end: last, signal: new AbortController().signal }
  for await (const batch of readUpTo(log, (...args) => log.scan(...args), all))
    batch.flatMap(useOf).forEach(add)
  const held = await listDataKeys(db)
  const known = new Set(held.map(({ tenant, keyId }) => `${tenant}/${keyId}`))
  return [...used]
    .flatMap(([key, use]) => (known.has(key) ? [] : [use]))
    .toSorted((a, b) => (a.tenant === b.tenant ? a.firstAtMs - b.firstAtMs : a.tenant < b.tenant ? -1 : 1))
}

const both = (a: MissingKey, b: MissingKey): MissingKey => ({
  ...a,
  leaves: a.leaves + b.leaves,
  envelopes: a.envelopes + b.envelopes,
  firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
  lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
})

function useOf({ subject, payload }: LogMessage): MissingKey[] {
  const tenant = parseEventSubject(subject)?.tenant
  const { sealed, atMs } = envelopeIn(payload) ?? {}
  if (tenant === undefined || !sealed) return []
  const ms = Number(atMs)
  return [{ tenant, keyId: sealed.keyId, leaves: 0, envelopes: 1, firstAtMs: ms, lastAtMs: ms }]
}

function envelopeIn(payload: Uint8Array) {
  try {
    return fromBinary(EnvelopeSchema, payload)
  } catch {
    // What is no envelope is sealed with no key; it is a dead letter elsewhere.
    return undefined
  }
}
