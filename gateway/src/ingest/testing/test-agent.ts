// Agents for tests and benchmarks: enrolled through the real decider, with chains of really signed records.

import { create } from '@bufbuild/protobuf'
import { epochAnchor } from '@secumon/contracts/epoch'
import {
  sealFrame,
  sealGap,
  type ChainHead,
  type ChainIdentity,
  type GapContent,
  type Sealed,
} from '@secumon/contracts/frame'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { ulid } from '@secumon/contracts/ids'
import { LANES, laneName, type LaneName } from '@secumon/contracts/lanes'
import { generateSigningKey, rawPublicKey } from '@secumon/contracts/signing'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { identity, type IdentityCommand } from '@secumon/domain/identity'
import { handle, type Handled } from '@secumon/infra/eventlog/handle'
import { randomBytes, type KeyObject } from 'node:crypto'

/** One chain as its agent writes it. */
export class Chain {
  readonly identity: ChainIdentity
  readonly #key: KeyObject
  head: ChainHead

  constructor(chain: ChainIdentity, anchor: Uint8Array, key: KeyObject) {
    this.identity = chain
    this.#key = key
    this.head = { sequence: 0, hash: anchor }
  }

  /** The next frame; some hundred bytes, or as many more as asked for. */
  frame(extraBytes = 0): Sealed {
    const inventory = { hostname: 'x'.repeat(extraBytes), kernel: `${this.head.sequence}` }
    const observations = [
      create(ObservationSchema, { atMs: BigInt(Date.now()), periodMs: 10_000, inventory }),
    ]
    return this.#advance(
      sealFrame(this.identity, this.head, { sentAtMs: Date.now(), observations }, this.#key),
    )
  }

  gap(gap: GapContent): Sealed {
    return this.#advance(sealGap(this.identity, gap, this.#key))
  }

  #advance(sealed: Sealed): Sealed {
    this.head = { sequence: sealed.sequence, hash: sealed.hash }
    return sealed
  }
}

export type TestAgent = {
  readonly agent: string
  readonly tenant: string
  readonly key: KeyObject
  /** A chain of the agent's first epoch, from its anchor. */
  chain(lane?: LaneName): Chain
}

export type Platform = { readonly store: EventStore; readonly clock: Clock }

/** Enrols an agent with a new key. */
export async function enrolAgent(platform: Platform, tenant = DEFAULT_TENANT): Promise<TestAgent> {
  const key = generateSigningKey()
  const agent = ulid(platform.clock.nowMs(), randomBytes(10))
  const publicKey = rawPublicKey(key)
  const atMs = platform.clock.nowMs()
  const { events } = await decide(
    platform,
    { agent, tenant },
    { kind: 'EnrolAgent', agent, tenant, publicKey, atMs },
  )
  const anchors = new Map<LaneName, Uint8Array>()
  for (const event of events) {
    const lane = event.case === 'epochStarted' ? laneName(event.value.lane) : undefined
    if (lane && event.case === 'epochStarted') anchors.set(lane, epochAnchor(event.value))
  }
  const chain = (lane: LaneName = LANES[0] ?? 'telemetry'): Chain =>
    new Chain({ tenant, agent, epoch: 1, lane }, anchors.get(lane) ?? new Uint8Array(), key)
  return { agent, tenant, key, chain }
}

/** Carries out a command on an agent's identity, as another part of the platform would. */
export function decide(
  { store, clock }: Platform,
  { agent, tenant }: { readonly agent: string; readonly tenant: string },
  command: IdentityCommand,
): Promise<Handled> {
  return handle(store, identity, {
    aggregate: { tenant, aggregate: 'identity', id: agent },
    command,
    commandId: ulid(clock.nowMs(), randomBytes(10)),
    actor: create(ActorSchema, { actor: { case: 'platform', value: 'test' } }),
    clock,
  })
}
