// Builds, hashes, signs, reads and verifies the records of a chain. Its own export: the browser never loads it.

import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { hash, type KeyObject } from 'node:crypto'
import { AgentFrameSchema, GapReason, GapSchema } from './gen/secumon/v1/frame_pb.ts'
import type { LogBlock } from './gen/secumon/v1/log_pb.ts'
import type { Observation } from './gen/secumon/v1/observation_pb.ts'
import { isUlid } from './ids.ts'
import { laneName, laneNumber, type LaneName } from './lanes.ts'
import { signMessage } from './signing.ts'
import { isTenant } from './subjects.ts'

export const HASH_BYTES = 32
/** Bytes of a frame, before the server's own limit (max_payload − 4 KiB) is applied. */
export const MAX_FRAME_BYTES = 512 * 1024

/** Who writes a chain. */
export type ChainIdentity = {
  readonly tenant: string
  readonly agent: string
  readonly epoch: number
  readonly lane: LaneName
}

/** The last record of a chain: its sequence (0 before the first) and the hash the next one must name. */
export type ChainHead = { readonly sequence: number; readonly hash: Uint8Array }

export type FrameHeader = ChainIdentity & {
  readonly sequence: number
  readonly previousHash: Uint8Array
  readonly sentAtMs: number
}

export type GapHeader = ChainIdentity & {
  readonly first: number
  readonly last: number
  readonly hashOfLast: Uint8Array
  readonly reason: GapReason
  readonly atMs: number
}

/** A sealed record: its bytes as signed, the signature, and the hash that its successor names. */
export type Sealed = {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly sequence: number
  readonly hash: Uint8Array
}

export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'
}

/** 32 bytes of their own, not a view of a larger buffer. */
export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))

/** What a frame carries: observations in lane `telemetry`, blocks of lines in lane `logs`. */
export type FrameContent = {
  readonly sentAtMs: number
  readonly observations?: Observation[]
  readonly logBlocks?: LogBlock[]
}

/** Builds and signs the frame that follows `head`. */
export function sealFrame(
  chain: ChainIdentity,
  head: ChainHead,
  content: FrameContent,
  key: KeyObject,
): Sealed {
  const sequence = head.sequence + 1
  const bytes = toBinary(
    AgentFrameSchema,
    create(AgentFrameSchema, {
      tenant: chain.tenant,
      agent: chain.agent,
      epoch: BigInt(chain.epoch),
      lane: laneNumber(chain.lane),
      sequence: BigInt(sequence),
      previousHash: head.hash,
      sentAtMs: BigInt(content.sentAtMs),
      observations: content.observations ?? [],
      logBlocks: content.logBlocks ?? [],
    }),
  )
  return { bytes, signature: signMessage('frame', bytes, key), sequence, hash: sha256(bytes) }
}

export type GapContent = {
  readonly first: number
  readonly last: number
  readonly hashOfLast: Uint8Array
  readonly reason: GapReason
  readonly atMs: number
}

/** Builds and signs the gap that stands for `first` – `last`; its hash is that of the last missing frame. */
export function sealGap(chain: ChainIdentity, gap: GapContent, key: KeyObject): Sealed {
  const bytes = toBinary(
    GapSchema,
    create(GapSchema, {
      tenant: chain.tenant,
      agent: chain.agent,
      epoch: BigInt(chain.epoch),
      lane: laneNumber(chain.lane),
      first: BigInt(gap.first),
      last: BigInt(gap.last),
      hashOfLast: gap.hashOfLast,
      reason: gap.reason,
      atMs: BigInt(gap.atMs),
    }),
  )
  return { bytes, signature: signMessage('gap', bytes, key), sequence: gap.last, hash: gap.hashOfLast }
}

type Field = string | number | Uint8Array

/**
 * Reads fields 1 – 7 of a serialized AgentFrame without decoding its observations. Header fields must come
 * first, in order and once, so that this reader and a full decoder can never disagree about who sent it.
 * @throws MalformedFrame saying what is wrong
 */
export function readFrameHeader(bytes: Uint8Array): FrameHeader {
  const fields = readFields(bytes, 'ssnnnhi')
  return {
    ...chainIdentity(fields),
    sequence: positive(fields[5], 'sequence'),
    previousHash: hashField(fields[6], 'previous_hash'),
    sentAtMs: safeInteger(fields[7], 'sent_at_ms'),
  }
}

/**
 * Reads a serialized Gap, as strictly as a frame's header.
 * @throws MalformedFrame saying what is wrong
 */
export function readGap(bytes: Uint8Array): GapHeader {
  const fields = readFields(bytes, 'ssnnnnhni')
  const first = positive(fields[5], 'first')
  const last = positive(fields[6], 'last')
  if (last < first) throw new MalformedFrame(`a gap from ${first} to ${last}`)
  return {
    ...chainIdentity(fields),
    first,
    last,
    hashOfLast: hashField(fields[7], 'hash_of_last'),
    reason: gapReason(fields[8]),
    atMs: safeInteger(fields[9], 'at_ms'),
  }
}

function chainIdentity(fields: readonly (Field | undefined)[]): ChainIdentity {
  const [, tenant, agent, epoch, laneField] = fields
  if (typeof tenant !== 'string' || !isTenant(tenant))
    throw new MalformedFrame('tenant is missing or malformed')
  if (typeof agent !== 'string' || !isUlid(agent)) throw new MalformedFrame('agent is not a ULID')
  const lane = laneName(safeInteger(laneField, 'lane'))
  if (!lane) throw new MalformedFrame(`unknown lane ${String(laneField)}`)
  return { tenant, agent, epoch: positive(epoch, 'epoch'), lane }
}

// Kinds, one letter a field from 1 on: s string, n unsigned, i signed 64-bit, h bytes.
function readFields(bytes: Uint8Array, kinds: string): (Field | undefined)[] {
  const fields: (Field | undefined)[] = []
  try {
    const reader = new BinaryReader(bytes)
    let previous = 0
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      const kind = kinds[number - 1]
      if (number <= kinds.length && number <= previous)
        throw new MalformedFrame(`field ${number} is out of order`)
      previous = Math.max(previous, number)
      if (kind === undefined) reader.skip(wireType, number)
      else fields[number] = readField(reader, kind, wireType)
    }
  } catch (error) {
    if (error instanceof MalformedFrame) throw error
    throw new MalformedFrame('not a protobuf message', { cause: error })
  }
  return fields
}

function readField(reader: BinaryReader, kind: string, wireType: WireType): Field {
  const expected = kind === 's' || kind === 'h' ? WireType.LengthDelimited : WireType.Varint
  if (wireType !== expected) throw new MalformedFrame(`wire type ${wireType} where ${expected} belongs`)
  if (kind === 's') return reader.string()
  if (kind === 'h') return reader.bytes()
  return Number(kind === 'i' ? reader.int64() : reader.uint64())
}

function safeInteger(value: Field | undefined, name: string): number {
  const number = value ?? 0
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw new MalformedFrame(`${name} is out of range`)
  return number
}

function positive(value: Field | undefined, name: string): number {
  const number = safeInteger(value, name)
  if (number < 1) throw new MalformedFrame(`${name} must be at least 1`)
  return number
}

const GAP_REASONS = new Map(Object.values(GapReason).map((reason) => [Number(reason), reason]))

function gapReason(value: Field | undefined): GapReason {
  const reason = GAP_REASONS.get(safeInteger(value, 'reason'))
  if (!reason) throw new MalformedFrame(`unknown gap reason ${String(value)}`)
  return reason
}

function hashField(value: Field | undefined, name: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== HASH_BYTES)
    throw new MalformedFrame(`${name} must have ${HASH_BYTES} bytes`)
  return value
}
