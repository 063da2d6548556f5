// Requests that may be sent again without doing anything twice: with an Idempotency-Key, the ids of what a request makes and
// of its commands follow from the key, so that the log itself lets them happen once, for as long as it is kept.

import { uuidToUlid } from '@secumon/contracts/ids'
import type { AggregateRef } from '@secumon/domain/decider'
import type { EventStore } from '@secumon/domain/event-store'
import { newUlid } from '@secumon/infra/vault/vault-database'
import { createHash } from 'node:crypto'
import { Failure } from './failures.ts'

/** A request that says it is the same whenever it comes with this key. */
export type Once = {
  /** Of the key in its tenant: 32 hex digits. */
  readonly key: string
  /** What was asked of which address. */
  readonly target: string
  /** Of all that the request says: 32 hex digits. */
  readonly digest: string
}

export type KeyedRequest = {
  readonly tenant: string
  readonly key: string
  /** Method, path and query. */
  readonly target: string
  readonly body: string
}

/** Keys of one tenant are nothing to another. */
export const onceOf = ({ tenant, key, target, body }: KeyedRequest): Once => ({
  key: digestOf('key', tenant, key),
  target,
  digest: digestOf('request', target, body),
})

/** ULID of what a request makes; one with a key makes the same each time. @param part tells several apart */
export const newId = (once: Once | undefined, nowMs: number, part = ''): string =>
  once ? uuidToUlid(digestOf('id', once.key, once.target, part)) : newUlid(nowMs)

/** Id of the command that a request gives an aggregate. */
export const newCommandId = (once: Once | undefined, nowMs: number): string =>
  once ? once.key + once.digest : newUlid(nowMs)

/**
 * The version to which the same request brought an aggregate before; undefined when it did not.
 * @throws Failure 422 when the key was used for another request
 */
export async function doneBefore(
  store: EventStore,
  aggregate: AggregateRef,
  once: Once,
): Promise<number | undefined> {
  const { envelopes } = await store.read(aggregate)
  const earlier = envelopes.find(({ commandId }) => commandId.startsWith(once.key))
  if (!earlier) return undefined
  if (earlier.commandId === newCommandId(once, 0)) return Number(earlier.version)
  throw new Failure(422, 'this Idempotency-Key was used for another request', {
    detail: 'Send what was sent before, or take a new key.',
  })
}

// As JSON, so that no two lists of parts read the same.
const digestOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
