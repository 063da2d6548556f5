// A record of the archive as a line of JSON for people and programs: what it is, when, where in its chain, and what it
// says in short or in full.

import { fromBinary, toJson, type JsonObject } from '@bufbuild/protobuf'
import { readFrameHeader, readGap } from '@secumon/contracts/frame'
import { EnvelopeContentSchema, EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { AgentFrameSchema, GapReason, LaneRecordSchema, type LaneRecord } from '@secumon/contracts/gen/frame'
import type { ArchivedLeaf } from '@secumon/infra/archive/archive'
import { logContent, logSummary } from './log-view.ts'

export type RecordDetail = 'summary' | 'full' | 'raw'

/** When it was received or decided, ms; undefined for a record that does not say. */
export function timeOf({ receivedAtMs, kind, payload }: ArchivedLeaf): number | undefined {
  if (receivedAtMs !== undefined) return receivedAtMs
  try {
    if (kind === 'events') return Number(fromBinary(EnvelopeSchema, payload).atMs)
    const { record } = fromBinary(LaneRecordSchema, payload)
    return record.case === 'tick' || record.case === 'gatewayAlive' ? Number(record.value.atMs) : undefined
  } catch {
    return undefined
  }
}

/** One object for a line. What cannot be read is said to be unreadable, and can be had as `raw`. */
export function viewOf(leaf: ArchivedLeaf, detail: RecordDetail): JsonObject {
  const { tenant, leaf: index, flush, subject } = leaf
  const at = timeOf(leaf)
  const place = { tenant, leaf: index, flush, subject, ...(at !== undefined && { at: iso(at) }) }
  if (detail === 'raw') return { ...place, ...rawOf(leaf) }
  try {
    return { ...place, ...contentOf(leaf, detail) }
  } catch (error) {
    return { ...place, record: 'unreadable', why: error instanceof Error ? error.message : String(error) }
  }
}

function rawOf({
  payload,
  leafHash,
  receivedAtMs,
  clockOffsetMs,
  stream,
  position,
}: ArchivedLeaf): JsonObject {
  return {
    ...(receivedAtMs !== undefined && { received_at_ms: receivedAtMs }),
    ...(clockOffsetMs !== undefined && { clock_offset_ms: clockOffsetMs }),
    stream,
    position,
    leaf_hash: Buffer.from(leafHash).toString('hex'),
    payload: Buffer.from(payload).toString('base64'),
  }
}

const contentOf = ({ kind, payload }: ArchivedLeaf, detail: RecordDetail): JsonObject =>
  kind === 'events'
    ? envelopeView(fromBinary(EnvelopeSchema, payload), detail)
    : laneView(fromBinary(LaneRecordSchema, payload).record, detail)

function laneView(record: LaneRecord['record'], detail: RecordDetail): JsonObject {
  switch (record.case) {
    case 'frame':
      return frameView(record.value.frame, detail)
    case 'gap': {
      const { agent, epoch, lane, first, last, reason, atMs } = readGap(record.value.gap)
      return {
        record: 'gap',
        agent,
        epoch,
        lane,
        first,
        last,
        reason: reasonName(reason),
        sent_at: iso(atMs),
      }
    }
    case 'watermark':
      return { record: 'watermark', agent: record.value.agent, sequence: Number(record.value.sequence) }
    case 'tick':
      return { record: 'tick', fence: Number(record.value.fence) }
    case 'gatewayAlive':
      return { record: 'gateway-alive', gateway: record.value.gateway }
    case undefined:
      return { record: 'unknown' }
  }
}

function frameView(bytes: Uint8Array, detail: RecordDetail): JsonObject {
  const { agent, epoch, lane, sequence, sentAtMs, previousHash } = readFrameHeader(bytes)
  const { observations, logBlocks } = fromBinary(AgentFrameSchema, bytes)
  const view = { record: 'frame', agent, epoch, lane, sequence, sent_at: iso(sentAtMs) }
  if (logBlocks.length > 0) return { ...view, ...(detail === 'full' ? logContent(bytes) : logSummary(bytes)) }
  if (detail === 'full') {
    const frame = toJson(AgentFrameSchema, fromBinary(AgentFrameSchema, bytes))
    return { ...view, previous_hash: Buffer.from(previousHash).toString('hex'), frame }
  }
  const parts = new Set(observations.flatMap((observation) => partsOf(observation)))
  const first = observations[0]
  return {
    ...view,
    observations: observations.length,
    ...(first && { observed_from: iso(Number(first.atMs)) }),
    parts: [...parts],
  }
}

const reasonName = (reason: GapReason): string =>
  Object.entries(GapReason).find(([, number]) => number === reason)?.[0] ?? String(reason)

// The parts an observation has: host, filesystems, logs …
const partsOf = (observation: object): string[] =>
  Object.entries(observation).flatMap(([name, value]) =>
    !name.startsWith('$') && typeof value === 'object' && value !== null && !isEmptyList(value) ? [name] : [],
  )

const isEmptyList = (value: object): boolean => Array.isArray(value) && value.length === 0

function envelopeView(envelope: Envelope, detail: RecordDetail): JsonObject {
  const { commandId, version, content } = envelope
  const opened = content.length > 0 ? fromBinary(EnvelopeContentSchema, content) : envelope
  const view = { record: 'envelope', version: Number(version), command: commandId }
  if (envelope.sealed && content.length === 0) return { ...view, sealed_under: envelope.sealed.keyId }
  if (detail === 'summary')
    return { ...view, events: opened.events.map(({ event }) => event.case ?? 'unknown') }
  const { actor, cause, events } = opened
  const bare = { ...envelope, actor, cause, events, content: new Uint8Array(), sealed: undefined }
  return { ...view, envelope: toJson(EnvelopeSchema, bare as Envelope) }
}

// Times far off are possible in what agents send.
function iso(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
