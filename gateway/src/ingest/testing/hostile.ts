// Hostile messages for the ingest service, made from a seed: what no honest agent sends, as bytes on the wire. Tests
// send ten thousand of them, the benchmark a million.

import { create, isUnknownEnum, toBinary, type MessageInitShape, type UnknownEnum } from '@bufbuild/protobuf'
import { AgentFrameSchema, GapReason, GapSchema, Lane, LaneSchema } from '@secumon/contracts/gen/frame'
import { StreamRequestSchema } from '@secumon/contracts/gen/ingest'
import { signMessage } from '@secumon/contracts/signing'
import type { Sealed } from '@secumon/contracts/frame'
import type { TestAgent } from './test-agent.ts'

type Request = NonNullable<MessageInitShape<typeof StreamRequestSchema>['message']>

/** A number in [0, 1) from a 32-bit state (mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type HostileSubject = {
  /** Enrolled, and behaving badly. */
  readonly insider: TestAgent
  /** Another agent, whose frames were overheard but whose key was not. */
  readonly victim: TestAgent
  readonly random: () => number
}

/** A Connect envelope: flags, length, message (https://connectrpc.com/docs/protocol#streaming-rpcs). */
export function envelope(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const bytes = Buffer.alloc(5 + message.length)
  bytes[0] = flags
  bytes.writeUInt32BE(length, 1)
  bytes.set(message, 5)
  return bytes
}

export const requestBytes = (message: Request): Uint8Array =>
  toBinary(StreamRequestSchema, create(StreamRequestSchema, { message }))

const submitFrame = (frame: Uint8Array, signature: Uint8Array): Uint8Array =>
  requestBytes({ case: 'submission', value: { record: { case: 'frame', value: { frame, signature } } } })

const submitGap = (gap: Uint8Array, signature: Uint8Array): Uint8Array =>
  requestBytes({ case: 'submission', value: { record: { case: 'gap', value: { gap, signature } } } })

type FrameFields = MessageInitShape<typeof AgentFrameSchema>
type Mutation = (subject: HostileSubject) => Buffer

const below = (random: () => number, n: number): number => Math.floor(random() * n)

function randomBytes(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => below(random, 256))
}

function flipBit(bytes: Uint8Array, at: number, random: () => number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8))
}

function unknownLane(random: () => number): UnknownEnum | Lane {
  const lane = 3 + below(random, 99)
  return isUnknownEnum(LaneSchema, lane) ? lane : Lane.UNSPECIFIED
}

/** A well-formed first frame of the insider. */
const honest = ({ insider, random }: HostileSubject): Sealed => insider.chain().frame(below(random, 300))

function signed({ insider }: HostileSubject, fields: FrameFields): Buffer {
  const frame = toBinary(
    AgentFrameSchema,
    create(AgentFrameSchema, {
      tenant: insider.tenant,
      agent: insider.agent,
      epoch: 1n,
      lane: Lane.TELEMETRY,
      sequence: 1n,
      previousHash: new Uint8Array(32),
      sentAtMs: 1n,
      ...fields,
    }),
  )
  return envelope(submitFrame(frame, signMessage('frame', frame, insider.key)))
}

const MUTATIONS: Record<string, Mutation> = {
  'random bytes': ({ random }) => envelope(randomBytes(random, below(random, 200))),
  'truncated message': (subject) => {
    const { bytes, signature } = honest(subject)
    const message = submitFrame(bytes, signature)
    return envelope(message.subarray(0, below(subject.random, message.length)))
  },
  'flipped bits': (subject) => {
    const { bytes, signature } = honest(subject)
    const message = submitFrame(bytes, signature)
    const last = message.length - 1
    // Two flips may undo each other: one bit of the signature, which comes last, is flipped for good.
    for (let i = below(subject.random, 4); i >= 0; i--)
      flipBit(message, i === 0 ? last : below(subject.random, last), subject.random)
    return envelope(message)
  },
  'swapped signature': (subject) =>
    envelope(submitFrame(honest(subject).bytes, subject.victim.chain().frame().signature)),
  'signature of another length': (subject) =>
    envelope(submitFrame(honest(subject).bytes, randomBytes(subject.random, below(subject.random, 200)))),
  'replayed frame of another agent': ({ victim }) => {
    const { bytes, signature } = victim.chain().frame()
    return envelope(submitFrame(bytes, signature))
  },
  'another tenant': (subject) => signed(subject, { tenant: 'other' }),
  'tenant that is no token': (subject) => signed(subject, { tenant: 'a.b.>' }),
  'unknown lane': (subject) =>
    signed(subject, { lane: subject.random() < 0.5 ? Lane.UNSPECIFIED : unknownLane(subject.random) }),
  'far sequence': (subject) => signed(subject, { sequence: 2n + BigInt(below(subject.random, 1e9)) }),
  'sequence out of range': (subject) =>
    signed(subject, { sequence: subject.random() < 0.5 ? 0n : 2n ** 64n - 1n }),
  'epoch out of range': (subject) => signed(subject, { epoch: subject.random() < 0.5 ? 0n : 2n ** 63n }),
  'epoch nobody started': (subject) => signed(subject, { epoch: 2n + BigInt(below(subject.random, 1e6)) }),
  'wrong predecessor': (subject) => signed(subject, { previousHash: randomBytes(subject.random, 32) }),
  'hash of another length': (subject) => signed(subject, { previousHash: randomBytes(subject.random, 31) }),
  'absurd gap': (subject) => {
    const { insider, random } = subject
    const last = random() < 0.5 ? 2n ** 64n - 1n : BigInt(below(random, 1e9))
    const identity = { tenant: insider.tenant, agent: insider.agent, epoch: 1n, lane: Lane.TELEMETRY }
    const fields = {
      ...identity,
      first: BigInt(below(random, 1e6)) + 2n,
      last,
      hashOfLast: new Uint8Array(32),
      reason: GapReason.FREED,
    }
    const gap = toBinary(GapSchema, create(GapSchema, fields))
    return envelope(submitGap(gap, signMessage('gap', gap, insider.key)))
  },
  'gap signed as a frame': (subject) => {
    const { bytes, signature } = honest(subject)
    return envelope(submitGap(bytes, signature))
  },
  'inner length beyond the message': ({ random }) =>
    envelope(Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0x7f, below(random, 256))),
  'envelope length beyond the limit': ({ random }) => envelope(randomBytes(random, 20), 0, 0xffff_ffff),
  'unasked compression': ({ random }) => envelope(randomBytes(random, 30), 1),
  'unknown envelope flags': ({ random }) => envelope(randomBytes(random, 30), 0x40),
  'early end of stream': ({ random }) => envelope(randomBytes(random, 10), 2),
  'empty message': () => envelope(new Uint8Array()),
  'submission without a record': () => envelope(requestBytes({ case: 'submission', value: {} })),
  'second open': ({ insider }) =>
    envelope(requestBytes({ case: 'open', value: { agent: insider.agent, signature: new Uint8Array(64) } })),
  'epoch of an unknown lane': ({ random }) =>
    envelope(requestBytes({ case: 'epochRequest', value: { lane: unknownLane(random) } })),
  'frame beyond the limit': (subject) =>
    subject.random() < 0.9
      ? envelope(new Uint8Array())
      : envelope(submitFrame(subject.insider.chain().frame(530_000).bytes, new Uint8Array(64))),
}

/** Kinds that no receiver can read on from: the stream ends there. */
const LAST = new Set([
  'random bytes',
  'truncated message',
  'flipped bits',
  'inner length beyond the message',
  'envelope length beyond the limit',
  'unasked compression',
  'unknown envelope flags',
  'early end of stream',
  'submission without a record',
  'frame beyond the limit',
  'unknown lane',
])

const ENDINGS = Object.entries(MUTATIONS).filter(([kind]) => LAST.has(kind))
const SURVIVABLE = Object.entries(MUTATIONS).filter(([kind]) => !LAST.has(kind))

export type HostileMessage = {
  readonly kind: string
  readonly bytes: Buffer
  /** The stream may end with it. */
  readonly isLast: boolean
}

/** One hostile message. The same seed gives the same kinds; keys and times differ. */
export function hostileMessage(subject: HostileSubject): HostileMessage {
  const { random } = subject
  // Rarely one of the last kinds, so that streams live to see many messages.
  const kinds = random() < 0.1 ? ENDINGS : SURVIVABLE
  const [kind, mutate] = kinds[below(random, kinds.length)] ?? ['', () => Buffer.alloc(0)]
  return { kind, bytes: mutate(subject), isLast: LAST.has(kind) }
}
