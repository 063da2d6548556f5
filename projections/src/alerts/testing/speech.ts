// Who and what the tests of alerting tell of, and envelopes as the log has them.

import { create, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { ulid } from '@secumon/contracts/ids'
import { eventSubject } from '@secumon/contracts/subjects'
import type { DomainEvent } from '@secumon/domain/decider'
import type { Appended } from '../../testing/memory-log.ts'

/** When everything begins. */
export const NIGHT = Date.UTC(2026, 5, 1)
export const MINUTE = 60_000

/** A ULID made of a number. */
export function id(n: number, atMs = NIGHT): string {
  const bytes = new Uint8Array(10)
  new DataView(bytes.buffer).setUint32(6, n)
  return ulid(atMs, bytes)
}

export const RULE = id(1)
export const POLICY = id(2)
export const CHANNEL = id(3)
export const SCHEDULE = id(4)
export const SILENCE = id(5)
export const MAINTENANCE = id(6)
export const AGENT = id(7)
export const CPU = id(11, NIGHT + MINUTE)
export const DISK = id(12, NIGHT + 2 * MINUTE)
export const INCIDENT = id(21)
export const DELIVERED = id(31)
export const DEAD = id(32)
export const OVERRIDE = id(41)
export const USER = id(51)

export type Speech = {
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly tenant?: string
  readonly atMs?: number
  readonly events: readonly DomainEvent[]
}

/** One envelope, said by a user. */
export function say({ aggregate, id, version, tenant = 'main', atMs = NIGHT, events }: Speech): Appended {
  const envelope = create(EnvelopeSchema, {
    commandId: `${id}-${aggregate}-${version}`,
    version: BigInt(version),
    schema: 1,
    atMs: BigInt(atMs),
    actor: { actor: { case: 'user', value: USER } },
    events: events.map((event) => ({ event })),
  })
  return { subject: eventSubject({ tenant, aggregate, id }), payload: toBinary(EnvelopeSchema, envelope) }
}
