// Records of a tenant's agents as they are in an archive that nothing is wrong with: enrolled, their epochs started,
// frames and gaps signed and linked.

import { create, toBinary } from '@bufbuild/protobuf'
import { epochAnchor } from '@secumon/contracts/epoch'
import { sealFrame, sealGap, type ChainHead, type Sealed } from '@secumon/contracts/frame'
import { DomainEventSchema, EnvelopeSchema, type DomainEvent } from '@secumon/contracts/gen/envelope'
import {
  GapReason,
  LaneRecordSchema,
  SignedFrameSchema,
  SignedGapSchema,
  type LaneRecord,
} from '@secumon/contracts/gen/frame'
import { AgentEnrolledSchema, EpochStartedSchema } from '@secumon/contracts/gen/identity'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { privateKeyFromSeed, rawPublicKey } from '@secumon/contracts/signing'
import { eventSubject, laneStream, laneSubject } from '@secumon/contracts/subjects'
import type { KeyObject } from 'node:crypto'
import type { ArchivedRecord } from './archive.ts'
import { agentId } from './testing-archive.ts'

type Chain = { readonly agent: string; readonly lane: LaneName }

export class SignedFleet {
  readonly tenant: string
  readonly #heads = new Map<string, ChainHead & { readonly epoch: number }>()
  readonly #keys = new Map<string, KeyObject>()
  readonly #versions = new Map<string, number>()
  readonly #positions = new Map<string, number>()

  constructor(tenant = 'main') {
    this.tenant = tenant
  }

  /** The n-th agent is enrolled. */
  enrol(n: number): ArchivedRecord {
    const agent = agentId(n)
    const publicKey = rawPublicKey(privateKeyFromSeed(new Uint8Array(32).fill(n)))
    const value = create(AgentEnrolledSchema, {
      agent,
      tenant: this.tenant,
      publicKey,
    })
    return this.#envelope('identity', agent, { case: 'agentEnrolled', value })
  }

  /** A new epoch of a lane begins; with a key of its own when one is given. */
  epoch(n: number, lane: LaneName = 'telemetry', seed = n): ArchivedRecord {
    const agent = agentId(n)
    const key = privateKeyFromSeed(new Uint8Array(32).fill(seed))
    this.#keys.set(`${agent}/${lane}`, key)
    const epoch = (this.#heads.get(`${agent}/${lane}`)?.epoch ?? 0) + 1
    const publicKey = rawPublicKey(key)
    const value = create(EpochStartedSchema, {
      agent,
      epoch: BigInt(epoch),
      publicKey,
      lane: laneNumber(lane),
    })
    this.#heads.set(`${agent}/${lane}`, { epoch, sequence: 0, hash: epochAnchor(value) })
    return this.#envelope('identity', agent, { case: 'epochStarted', value })
  }

  frame(n: number, lane: LaneName = 'telemetry'): ArchivedRecord {
    const chain = { agent: agentId(n), lane }
    const observations = [create(ObservationSchema, { atMs: 5n })]
    const sealed = sealFrame(
      this.#chain(chain),
      this.#head(chain),
      { sentAtMs: 5, observations },
      this.#key(chain),
    )
    const value = create(SignedFrameSchema, { frame: sealed.bytes, signature: sealed.signature })
    return this.#laneRecord(chain, sealed, { case: 'frame', value })
  }

  /** Frames that are dropped, and the gap that stands for them. */
  gap(n: number, frames: number): ArchivedRecord {
    const chain: Chain = { agent: agentId(n), lane: 'telemetry' }
    const first = this.#head(chain).sequence + 1
    for (let i = 0; i < frames; i++) this.frame(n)
    const { sequence: last, hash: hashOfLast } = this.#head(chain)
    const content = { first, last, hashOfLast, reason: GapReason.SPOOL_FULL, atMs: 6 }
    const sealed = sealGap(this.#chain(chain), content, this.#key(chain))
    const value = create(SignedGapSchema, { gap: sealed.bytes, signature: sealed.signature })
    return this.#laneRecord(chain, sealed, { case: 'gap', value })
  }

  /** An envelope of some aggregate. */
  renamed(id: string): ArchivedRecord {
    return this.#envelope('agent', id)
  }

  #laneRecord({ agent, lane }: Chain, sealed: Sealed, record: LaneRecord['record']): ArchivedRecord {
    const { epoch } = this.#chain({ agent, lane })
    this.#heads.set(`${agent}/${lane}`, { epoch, sequence: sealed.sequence, hash: sealed.hash })
    const { tenant } = this
    const payload = toBinary(LaneRecordSchema, create(LaneRecordSchema, { record }))
    const subject = laneSubject({ shard: 0, tenant, agent, lane })
    return { tenant, kind: lane, ...this.#place(laneStream(lane, 0)), subject, payload, receivedAtMs: 1_000 }
  }

  #envelope(aggregate: string, id: string, ...events: DomainEvent['event'][]): ArchivedRecord {
    const version = (this.#versions.get(id) ?? 0) + 1
    this.#versions.set(id, version)
    const envelope = create(EnvelopeSchema, {
      commandId: `${id}-${version}`,
      version: BigInt(version),
      schema: 1,
      atMs: 7n,
      events: events.map((event) => create(DomainEventSchema, { event })),
    })
    const payload = toBinary(EnvelopeSchema, envelope)
    const subject = eventSubject({ tenant: this.tenant, aggregate, id })
    return { tenant: this.tenant, kind: 'events', ...this.#place('EVENTS'), subject, payload }
  }

  #place(stream: string): { stream: string; position: number } {
    const position = (this.#positions.get(stream) ?? 0) + 1
    this.#positions.set(stream, position)
    return { stream, position }
  }

  #head({ agent, lane }: Chain) {
    return this.#heads.get(`${agent}/${lane}`) ?? { epoch: 1, sequence: 0, hash: new Uint8Array(32) }
  }

  #chain({ agent, lane }: Chain) {
    return { tenant: this.tenant, agent, lane, epoch: this.#head({ agent, lane }).epoch }
  }

  #key({ agent, lane }: Chain): KeyObject {
    return this.#keys.get(`${agent}/${lane}`) ?? privateKeyFromSeed(new Uint8Array(32).fill(99))
  }
}
