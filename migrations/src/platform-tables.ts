// Types of the tables of schema `secumon`. Times are read as epoch milliseconds and written as Date; bigints are
// read as numbers.

import type { ColumnType, Generated } from 'kysely'

/** A timestamptz: epoch milliseconds when read, Date when written. */
export type Timestamp = ColumnType<number, Date, Date>

/** A bytea. */
export type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>

/** A moment of the past that a rollback of the log can be measured against: position and base64 hash. */
export type Mark = { readonly position: number; readonly hash: string; readonly atMs: number }

export type PlatformTables = {
  /** Which generation of a projection queries read: the swap after a rebuild is one row. */
  'secumon.projection_live': {
    projection: string
    version: number
    schema: string
    since: ColumnType<number, Date | undefined, Date>
  }
  /** How far a projection has come in a stream. `hash` is null when it stands before the first message. */
  'secumon.checkpoints': {
    projection: string
    version: number
    stream: string
    position: number
    hash: ColumnType<Buffer | null, Uint8Array | null, Uint8Array | null>
    fence: number
    /** JSON text when written. */
    marks: ColumnType<Mark[], string, string>
    committed_at: ColumnType<number, Date | undefined, Date>
  }
  /** The last record of each lane that a projection has taken, and the first: its horizon. */
  'secumon.agent_position': {
    projection: string
    version: number
    agent: string
    lane: number
    epoch: number
    sequence: number
    hash: Bytes
    horizon_epoch: number
    horizon_sequence: number
  }
  /** The last envelope of each aggregate that a projection has taken. */
  'secumon.aggregate_position': {
    projection: string
    version: number
    tenant: string
    aggregate: string
    id: string
    last_version: number
    command_id: string
  }
  /** Messages a projection could not take. */
  'secumon.dead_letters': {
    id: Generated<number>
    projection: string
    version: number
    stream: string
    position: number
    subject: string
    payload: Bytes
    headers: ColumnType<Record<string, string>, string, string>
    error: string
    at: Timestamp
    retried_at: ColumnType<number | null, Date | null, Date | null>
  }
  /** Places where the log lacked what must have been there. Should be empty. */
  'secumon.platform_holes': {
    id: Generated<number>
    projection: string
    version: number
    stream: string
    position: number
    subject: string
    expected: string
    found: string
    at: Timestamp
  }
  /** What was decided once for this installation, e.g. the number of shards. */
  'secumon.facts': { name: string; value: string }
  'secumon.leases': { name: string; holder: string; fence: number; expires_at: Timestamp }
  /** Every domain event, fsynced: what decides after a restored log. `hash` is the SHA-256 of `payload`. */
  'secumon.events_archive': {
    tenant: string
    aggregate: string
    id: string
    version: number
    command_id: string
    payload: Bytes
    hash: Bytes
    at: Timestamp
  }
}
