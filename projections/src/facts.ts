// Log messages as facts. Everything is checked here once: what becomes a fact can be trusted in form.

import { fromBinary } from '@bufbuild/protobuf'
import { MalformedFrame, readFrameHeader, readGap, sha256, type FrameHeader } from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import {
  AgentFrameSchema,
  LaneRecordSchema,
  type SignedFrame,
  type SignedGap,
} from '@secumon/contracts/gen/frame'
import type { Observation } from '@secumon/contracts/gen/observation'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { InvalidSubject, parseEventSubject, type LaneSubject } from '@secumon/contracts/subjects'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { EnvelopeFact, Fact, FrameFact, GapFact, Source } from './projector.ts'

/** What of a log message makes a fact; a dead letter can play it again. */
export type RecordedMessage = Pick<LogMessage, 'stream' | 'position' | 'subject' | 'payload' | 'header'>

// Loops that share a consumer are given the same messages: what one has read serves the others. It hangs on the message
// itself: values of a WeakMap outlive every minor collection, and with each fact its observations would grow old.
const FACT = Symbol('fact')

/**
 * Reads one message, or remembers what was read of it.
 * @throws MalformedFrame, InvalidSubject or protobuf's own error when it is not what its subject promises
 */
export const readFact = (message: RecordedMessage & { [FACT]?: Fact }): Fact =>
  (message[FACT] ??= readFactOnce(message))

/** The same for who shares messages with nobody. */
export function readFactOnce(message: RecordedMessage): Fact {
  const source = { stream: message.stream, position: message.position, subject: message.subject }
  return message.subject.startsWith('events.')
    ? readEnvelope(message, source)
    : readLaneRecord(message, source)
}

function readEnvelope({ subject, payload }: RecordedMessage, source: Source): EnvelopeFact {
  const parts = parseEventSubject(subject)
  if (!parts) throw new InvalidSubject(`not an event subject: ${subject.slice(0, 80)}`)
  const envelope = fromBinary(EnvelopeSchema, payload)
  if (envelope.version < 1n || envelope.version > BigInt(Number.MAX_SAFE_INTEGER))
    throw new MalformedFrame(`envelope version ${envelope.version} is out of range`)
  return { kind: 'envelope', source, ...parts, envelope, payload }
}

function readLaneRecord(message: RecordedMessage, source: Source): Fact {
  const { record } = fromBinary(LaneRecordSchema, message.payload)
  switch (record.case) {
    case 'frame':
      return readFrame(record.value, message, source)
    case 'gap':
      return readGapFact(record.value, message, source)
    case 'watermark':
      return { kind: 'watermark', source, watermark: record.value }
    case 'tick':
      return { kind: 'tick', source, tick: record.value }
    case 'gatewayAlive':
      return { kind: 'gateway', source, alive: record.value }
    case undefined:
      throw new MalformedFrame('a lane record of an unknown kind')
  }
}

function readFrame({ frame }: SignedFrame, message: RecordedMessage, source: Source): FrameFact {
  const header = readFrameHeader(frame)
  requireSubject(header, message.subject)
  const receivedAtMs = headerNumber(message, RECEIVED_AT)
  return new LoggedFrame(
    { source, header, receivedAtMs, clockOffsetMs: headerNumber(message, CLOCK_OFFSET) },
    frame,
  )
}

function readGapFact({ gap }: SignedGap, message: RecordedMessage, source: Source): GapFact {
  const header = readGap(gap)
  requireSubject(header, message.subject)
  return { kind: 'gap', source, header, receivedAtMs: headerNumber(message, RECEIVED_AT) }
}

// A frame filed under somebody else's subject would be counted, and shown, as theirs.
function requireSubject(header: Omit<LaneSubject, 'shard'>, subject: string): void {
  const [lane, , tenant, agent] = subject.split('.')
  if (lane !== header.lane || tenant !== header.tenant || agent !== header.agent)
    throw new MalformedFrame(`a record of ${header.tenant}/${header.agent} under ${subject.slice(0, 120)}`)
}

function headerNumber(message: RecordedMessage, name: string): number {
  const text = message.header(name)
  const value = Number(text)
  if (text === undefined || text === '' || !Number.isSafeInteger(value))
    throw new MalformedFrame(`header ${name} is missing or not a number`)
  return value
}

type FrameOrigin = Pick<FrameFact, 'source' | 'header' | 'receivedAtMs' | 'clockOffsetMs'>

// Hash and observations are wanted by few: both are made on first use.
class LoggedFrame implements FrameFact {
  readonly kind = 'frame'
  readonly source: Source
  readonly header: FrameHeader
  readonly receivedAtMs: number
  readonly clockOffsetMs: number
  readonly bytes: Uint8Array
  #hash: Uint8Array | undefined
  #observations: readonly Observation[] | undefined

  constructor(origin: FrameOrigin, bytes: Uint8Array) {
    this.source = origin.source
    this.header = origin.header
    this.receivedAtMs = origin.receivedAtMs
    this.clockOffsetMs = origin.clockOffsetMs
    this.bytes = bytes
  }

  get hash(): Uint8Array {
    return (this.#hash ??= sha256(this.bytes))
  }

  observations(): readonly Observation[] {
    return (this.#observations ??= decodeObservations(this.bytes))
  }
}

/** @throws MalformedFrame */
export function decodeObservations(bytes: Uint8Array): readonly Observation[] {
  try {
    return fromBinary(AgentFrameSchema, bytes).observations
  } catch (error) {
    throw new MalformedFrame('the observations cannot be decoded', { cause: error })
  }
}
