// Frames of lane `logs` as a gateway would have appended them, for tests of what reads them.

import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  AgentFrameSchema,
  GapReason,
  GapSchema,
  Lane,
  LaneRecordSchema,
  type LaneRecord,
} from '@secumon/contracts/gen/frame'
import {
  LogBlockSchema,
  LogCompression,
  type LogDroppedSchema,
  LogLinesSchema,
  LogSeverity,
  type LogBlock,
} from '@secumon/contracts/gen/log'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { sha256 } from '@secumon/contracts/frame'
import { laneSubject } from '@secumon/contracts/subjects'
import { zstdCompressSync } from 'node:zlib'
import type { Appended } from './memory-log.ts'
import type { Arrival } from './recorded.ts'

const SEVERITIES = Object.values(LogSeverity)

/** What a test says of a line. */
export type SaidLine = {
  readonly atMs: number
  readonly message: string
  /** Absent: `nginx`. */
  readonly source?: string
  readonly unit?: string
  /** Absent: 0. */
  readonly severity?: number
}

export type SaidLoss = Omit<MessageInitShape<typeof LogDroppedSchema>, 'source' | '$typeName'> & {
  readonly source: string
}

/** The lines as an agent would pack them. */
export function logBlock(lines: readonly SaidLine[], losses: readonly SaidLoss[] = []): LogBlock {
  const sources = [...new Set([...lines, ...losses].map(({ source = 'nginx' }) => source))]
  const units = [...new Set(lines.flatMap(({ unit }) => unit ?? []))]
  const bytes = toBinary(
    LogLinesSchema,
    create(LogLinesSchema, {
      atMs: lines.map(({ atMs }) => BigInt(atMs)),
      source: lines.map(({ source = 'nginx' }) => sources.indexOf(source)),
      severity: lines.map(({ severity = 0 }) => SEVERITIES[severity] ?? LogSeverity.UNSPECIFIED),
      unit: lines.map(({ unit }) => (unit === undefined ? 0 : units.indexOf(unit) + 1)),
      message: lines.map(({ message }) => message),
      sources,
      units,
      dropped: losses.map(({ source, ...loss }) => ({ ...loss, source: sources.indexOf(source) })),
    }),
  )
  const packed = { lines: zstdCompressSync(bytes), uncompressedBytes: bytes.length }
  return create(LogBlockSchema, { ...packed, compression: LogCompression.ZSTD })
}

/** One agent's lane of logs, record after record; signatures are none. */
export class RecordedLogs {
  readonly agent: string
  readonly #tenant: string
  #sequence = 0
  #previousHash: Uint8Array = new Uint8Array(32)

  constructor(agent: string, tenant = 'main') {
    this.agent = agent
    this.#tenant = tenant
  }

  get sequence(): number {
    return this.#sequence
  }

  lines(arrival: Arrival, lines: readonly SaidLine[], losses: readonly SaidLoss[] = []): Appended {
    return this.blocks(arrival, logBlock(lines, losses))
  }

  blocks(arrival: Arrival, ...logBlocks: readonly LogBlock[]): Appended {
    const frame = toBinary(
      AgentFrameSchema,
      create(AgentFrameSchema, {
        ...this.#chain,
        sequence: BigInt(++this.#sequence),
        previousHash: this.#previousHash,
        sentAtMs: BigInt(arrival.receivedAtMs - (arrival.clockOffsetMs ?? 0)),
        logBlocks: [...logBlocks],
      }),
    )
    this.#previousHash = sha256(frame)
    const value = { $typeName: 'secumon.v1.SignedFrame', frame, signature: new Uint8Array(64) } as const
    return this.#record({ case: 'frame', value }, arrival)
  }

  /** So many frames that never came. */
  gap(arrival: Arrival, frames: number, reason = GapReason.SPOOL_FULL): Appended {
    const first = this.#sequence + 1
    this.#sequence += frames
    this.#previousHash = new Uint8Array(32).fill(this.#sequence % 256)
    const gap = create(GapSchema, {
      ...this.#chain,
      first: BigInt(first),
      last: BigInt(this.#sequence),
      hashOfLast: this.#previousHash,
      reason,
      atMs: BigInt(arrival.receivedAtMs),
    })
    const value = {
      $typeName: 'secumon.v1.SignedGap',
      gap: toBinary(GapSchema, gap),
      signature: new Uint8Array(64),
    } as const
    return this.#record({ case: 'gap', value }, arrival)
  }

  get #chain() {
    return { tenant: this.#tenant, agent: this.agent, epoch: 1n, lane: Lane.LOGS }
  }

  #record(record: LaneRecord['record'], { receivedAtMs, clockOffsetMs = 0 }: Arrival): Appended {
    return {
      subject: laneSubject({ lane: 'logs', shard: 0, tenant: this.#tenant, agent: this.agent }),
      payload: toBinary(LaneRecordSchema, create(LaneRecordSchema, { record })),
      headers: { [RECEIVED_AT]: String(receivedAtMs), [CLOCK_OFFSET]: String(clockOffsetMs) },
    }
  }
}
