// Facts made by hand, for tests of projectors.

import { create, toBinary } from '@bufbuild/protobuf'
import { sha256 } from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { AgentFrameSchema, GatewayAliveSchema, TickSchema } from '@secumon/contracts/gen/frame'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { DomainEvent } from '@secumon/domain/decider'
import type { EnvelopeFact, FrameFact, GatewayFact, Source, TickFact } from '../projector.ts'

const source = (subject: string): Source => ({ stream: 'TELEMETRY_0', position: 1, subject })

export type FrameOptions = {
  readonly agent: string
  readonly tenant?: string
  readonly receivedAtMs: number
  readonly clockOffsetMs?: number
  readonly observation?: MessageInitShape<typeof ObservationSchema>
}

/** A frame with one observation, by default an empty one made when it was received. */
export function frameFact({
  agent,
  tenant = 'main',
  receivedAtMs,
  clockOffsetMs = 0,
  observation,
}: FrameOptions): FrameFact {
  const observations: Observation[] = [
    create(ObservationSchema, {
      atMs: BigInt(receivedAtMs),
      intervalMs: 10_000,
      periodMs: 10_000,
      ...observation,
    }),
  ]
  const bytes = toBinary(AgentFrameSchema, create(AgentFrameSchema, { tenant, agent, observations }))
  return {
    kind: 'frame',
    source: source(`telemetry.0.${tenant}.${agent}`),
    header: {
      tenant,
      agent,
      epoch: 1,
      lane: 'telemetry',
      sequence: 1,
      previousHash: new Uint8Array(32),
      sentAtMs: receivedAtMs,
    },
    receivedAtMs,
    clockOffsetMs,
    hash: sha256(bytes),
    bytes,
    observations: () => observations,
  }
}

export const tickFact = (atMs: number): TickFact => ({
  kind: 'tick',
  source: source('telemetry.0.system.clock'),
  tick: create(TickSchema, { atMs: BigInt(atMs), fence: 1n }),
})

export const gatewayFact = (atMs: number): GatewayFact => ({
  kind: 'gateway',
  source: source('telemetry.0.system.gateway'),
  alive: create(GatewayAliveSchema, { gateway: 'g1', atMs: BigInt(atMs) }),
})

export type EnvelopeOptions = {
  readonly aggregate: string
  readonly id: string
  readonly tenant?: string
  readonly version?: number
  readonly atMs: number
  readonly events: readonly DomainEvent[]
}

export function envelopeFact({
  aggregate,
  id,
  tenant = 'main',
  version = 1,
  atMs,
  events,
}: EnvelopeOptions): EnvelopeFact {
  const envelope = create(EnvelopeSchema, {
    commandId: `${id}-${version}`,
    version: BigInt(version),
    atMs: BigInt(atMs),
    events: events.map((event) => ({ event })),
  })
  return {
    kind: 'envelope',
    source: { stream: 'EVENTS', position: version, subject: `events.${tenant}.${aggregate}.${id}` },
    tenant,
    aggregate,
    id,
    envelope,
    payload: toBinary(EnvelopeSchema, envelope),
  }
}
