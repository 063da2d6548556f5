// Messages as a gateway would have appended them, for tests of projectors.

import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  sealFrame,
  sealGap,
  type ChainHead,
  type ChainIdentity,
  type GapContent,
} from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { LaneRecordSchema, type LaneRecord } from '@secumon/contracts/gen/frame'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { ulid } from '@secumon/contracts/ids'
import { generateSigningKey } from '@secumon/contracts/signing'
import { clockSubject, eventSubject, laneSubject } from '@secumon/contracts/subjects'
import type { Appended } from './memory-log.ts'

export type ObservationInit = MessageInitShape<typeof ObservationSchema>

const KEY = generateSigningKey()

/** A ULID made of a small number. */
export function agentId(number: number): string {
  const bytes = new Uint8Array(10)
  new DataView(bytes.buffer).setUint32(6, number)
  return ulid(1_700_000_000_000, bytes)
}

export type Arrival = { readonly receivedAtMs: number; readonly clockOffsetMs?: number }

/** One agent's telemetry lane, record after record. */
export class RecordedLane {
  readonly agent: string
  readonly #tenant: string
  #epoch = 1
  #head: ChainHead = { sequence: 0, hash: new Uint8Array(32) }

  constructor(agent: string, tenant = 'main') {
    this.agent = agent
    this.#tenant = tenant
  }

  get sequence(): number {
    return this.#head.sequence
  }

  frame(arrival: Arrival, ...observations: readonly ObservationInit[]): Appended {
    const content = {
      sentAtMs: arrival.receivedAtMs - (arrival.clockOffsetMs ?? 0),
      observations: observations.map((observation) => create(ObservationSchema, observation)),
    }
    const sealed = sealFrame(this.#chain, this.#head, content, KEY)
    this.#head = sealed
    return this.#record({ case: 'frame', value: frameOf(sealed) }, arrival)
  }

  /** A gap up to `last`; the chain goes on after it. */
  gap(arrival: Arrival, gap: GapContent): Appended {
    const sealed = sealGap(this.#chain, gap, KEY)
    this.#head = { sequence: gap.last, hash: gap.hashOfLast }
    const value = {
      $typeName: 'secumon.v1.SignedGap' as const,
      gap: sealed.bytes,
      signature: sealed.signature,
    }
    return this.#record({ case: 'gap', value }, arrival)
  }

  /** Sequences that never reach the log. */
  lose(frames: number): void {
    this.#head = { ...this.#head, sequence: this.#head.sequence + frames }
  }

  startEpoch(): void {
    this.#epoch++
    this.#head = { sequence: 0, hash: new Uint8Array(32) }
  }

  get #chain(): ChainIdentity {
    return { tenant: this.#tenant, agent: this.agent, epoch: this.#epoch, lane: 'telemetry' }
  }

  #record(record: LaneRecord['record'], { receivedAtMs, clockOffsetMs = 0 }: Arrival): Appended {
    return {
      subject: laneSubject({ lane: 'telemetry', shard: 0, tenant: this.#tenant, agent: this.agent }),
      payload: toBinary(LaneRecordSchema, create(LaneRecordSchema, { record })),
      headers: { [RECEIVED_AT]: String(receivedAtMs), [CLOCK_OFFSET]: String(clockOffsetMs) },
    }
  }
}

const frameOf = ({ bytes, signature }: { readonly bytes: Uint8Array; readonly signature: Uint8Array }) => {
  return { $typeName: 'secumon.v1.SignedFrame' as const, frame: bytes, signature }
}

/** @param platform what it says of itself with it */
export function tick(atMs: number, platform: Record<string, number> = {}): Appended {
  const record = { case: 'tick', value: { atMs: BigInt(atMs), fence: 1n, platform } } as const
  return {
    subject: clockSubject({ shard: 0, kind: 'clock' }),
    payload: toBinary(LaneRecordSchema, create(LaneRecordSchema, { record })),
  }
}

export type EnvelopeInit = {
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly commandId?: string
  readonly events?: NonNullable<MessageInitShape<typeof EnvelopeSchema>['events']>
  readonly tenant?: string
}

export function envelope({
  aggregate,
  id,
  version,
  tenant = 'main',
  events = [],
  ...rest
}: EnvelopeInit): Appended {
  const commandId = rest.commandId ?? `${id}-${version}`
  const content = { commandId, version: BigInt(version), schema: 1, atMs: 1_700_000_000_000n, events }
  return {
    subject: eventSubject({ tenant, aggregate, id }),
    payload: toBinary(EnvelopeSchema, create(EnvelopeSchema, content)),
  }
}
