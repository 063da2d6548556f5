// How far lanes are safe in the archive, packed for the wire between archiver and gateways.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  DurableAnswerSchema,
  DurableLanesSchema,
  DurableNoticeSchema,
  DurableQuestionSchema,
  type DurableLanes,
} from './gen/secumon/v1/durable_pb.ts'
import { isUlid } from './ids.ts'
import { laneName, laneNumber, type LaneName } from './lanes.ts'

/** Everything of the epoch up to the sequence is in the archive, and all of the epochs before. */
export type DurableLane = {
  readonly agent: string
  readonly lane: LaneName
  readonly epoch: number
  readonly sequence: number
}

/** Agents of one question. */
export const MAX_ASKED = 1_000

const ULID_CHARACTERS = 26
/** A lane's share of a message: a ULID, a lane and two varints of up to nine bytes. */
const LANE_BYTES = ULID_CHARACTERS + 1 + 2 * 9
const OVERHEAD_BYTES = 64

export class MalformedDurable extends Error {
  override readonly name = 'MalformedDurable'
}

/** As few notices as fit into messages of that size. */
export function durableNotices(lanes: readonly DurableLane[], maxBytes: number): Uint8Array[] {
  const most = Math.max(1, Math.floor((maxBytes - OVERHEAD_BYTES) / LANE_BYTES))
  const notices: Uint8Array[] = []
  for (let from = 0; from < lanes.length; from += most) {
    const notice = create(DurableNoticeSchema, { lanes: packed(lanes.slice(from, from + most)) })
    notices.push(toBinary(DurableNoticeSchema, notice))
  }
  return notices
}

/** @throws MalformedDurable */
export const readDurableNotice = (bytes: Uint8Array): DurableLane[] =>
  unpacked(orMalformed(() => fromBinary(DurableNoticeSchema, bytes)).lanes)

/** @param agents at most MAX_ASKED */
export const durableQuestion = (agents: readonly string[]): Uint8Array =>
  toBinary(DurableQuestionSchema, create(DurableQuestionSchema, { agents: agents.join('') }))

/** @throws MalformedDurable */
export function readDurableQuestion(bytes: Uint8Array): string[] {
  const agents = ulids(orMalformed(() => fromBinary(DurableQuestionSchema, bytes)).agents)
  if (agents.length > MAX_ASKED) throw new MalformedDurable(`${agents.length} agents in one question`)
  return agents
}

export const durableAnswer = (lanes: readonly DurableLane[]): Uint8Array =>
  toBinary(DurableAnswerSchema, create(DurableAnswerSchema, { lanes: packed(lanes) }))

/** @throws MalformedDurable */
export const readDurableAnswer = (bytes: Uint8Array): DurableLane[] =>
  unpacked(orMalformed(() => fromBinary(DurableAnswerSchema, bytes)).lanes)

const packed = (lanes: readonly DurableLane[]): DurableLanes =>
  create(DurableLanesSchema, {
    agents: lanes.map(({ agent }) => agent).join(''),
    lanes: Uint8Array.from(lanes, ({ lane }) => laneNumber(lane)),
    epochs: lanes.map(({ epoch }) => BigInt(epoch)),
    sequences: lanes.map(({ sequence }) => BigInt(sequence)),
  })

function unpacked(columns: DurableLanes | undefined): DurableLane[] {
  if (!columns) return []
  const { lanes, epochs, sequences } = columns
  const agents = ulids(columns.agents)
  if ([lanes, epochs, sequences].some(({ length }) => length !== agents.length))
    throw new MalformedDurable('columns of different length')
  return agents.flatMap((agent, i) => {
    // A lane that this version does not know has no reader here either.
    const lane = laneName(lanes[i] ?? 0)
    return lane ? [{ agent, lane, epoch: Number(epochs[i]), sequence: Number(sequences[i]) }] : []
  })
}

function ulids(text: string): string[] {
  const found = Array.from({ length: Math.ceil(text.length / ULID_CHARACTERS) }, (_, i) =>
    text.slice(i * ULID_CHARACTERS, (i + 1) * ULID_CHARACTERS),
  )
  if (!found.every(isUlid)) throw new MalformedDurable('not a list of ULIDs')
  return found
}

function orMalformed<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new MalformedDurable('it cannot be decoded', { cause })
  }
}
