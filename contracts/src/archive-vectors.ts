// The golden leaves: what the archive keeps of one message of each kind, with fixed salts. Committed in
// contracts/vectors/archive-v1.json, so that another implementation can be checked against them and so that a change of
// the format cannot pass unseen. `node contracts/src/archive-vectors.ts` prints them.

import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { encodeRecord, leafHash, type RecordParts } from './archive-leaf.ts'
import { EnvelopeSchema } from './gen/secumon/v1/envelope_pb.ts'
import { LaneRecordSchema } from './gen/secumon/v1/frame_pb.ts'
import { goldenVectors } from './vectors.ts'

export type ArchiveVectors = ReturnType<typeof archiveVectors>

const AT_MS = 1_780_000_010_042

export function archiveVectors() {
  const { frames, gap, open } = goldenVectors()
  const lane = `telemetry.0.main.${open.agent}`
  const [frame] = frames
  if (!frame) throw new Error('no golden frame')
  const records: Record<string, RecordParts> = {
    frame: {
      subject: lane,
      payload: laneRecord({
        case: 'frame',
        value: { frame: bytes(frame.bytes), signature: bytes(frame.signature) },
      }),
      receivedAtMs: AT_MS,
      clockOffsetMs: -35,
    },
    gap: {
      subject: lane,
      payload: laneRecord({ case: 'gap', value: { gap: bytes(gap.bytes), signature: bytes(gap.signature) } }),
      receivedAtMs: AT_MS + 1,
      clockOffsetMs: 0,
    },
    envelope: { subject: `events.main.agent.${open.agent}`, payload: envelope() },
    tick: {
      subject: 'telemetry.0.system.clock',
      payload: laneRecord({ case: 'tick', value: { atMs: 5n, fence: 1n } }),
    },
  }
  return {
    format: 'secumon-archive-v1',
    leaves: Object.entries(records).map(([name, parts], i) => described(name, parts, i)),
  }
}

function described(name: string, parts: RecordParts, i: number) {
  const salt = Uint8Array.from({ length: 16 }, (_, at) => 16 * i + at)
  const record = encodeRecord(salt, parts)
  return {
    name,
    salt: hex(salt),
    subject: parts.subject,
    payload: hex(parts.payload),
    received_at_ms: parts.receivedAtMs ?? null,
    clock_offset_ms: parts.clockOffsetMs ?? null,
    record: hex(record),
    leaf: hex(leafHash(record)),
  }
}

const laneRecord = (record: MessageInitShape<typeof LaneRecordSchema>['record'] & object): Uint8Array =>
  toBinary(LaneRecordSchema, create(LaneRecordSchema, { record }))

const envelope = (): Uint8Array =>
  toBinary(
    EnvelopeSchema,
    create(EnvelopeSchema, {
      commandId: '01JD5Z3V9Q7X2M4K6N8P0R1S4V',
      version: 1n,
      schema: 1,
      atMs: BigInt(AT_MS),
      actor: { actor: { case: 'platform', value: 'ingest' } },
    }),
  )

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')

if (import.meta.main) process.stdout.write(`${JSON.stringify(archiveVectors(), null, 2)}\n`)
