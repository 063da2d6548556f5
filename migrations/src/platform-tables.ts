// Types of the tables of schema `secumon`. Times are read as epoch milliseconds and written as Date; bigints are
// read as numbers.

import type { ColumnType, Generated } from 'kysely'

/** A timestamptz: epoch milliseconds when read, Date when written. */
export type Timestamp = ColumnType<number, Date, Date>

/** A timestamptz that may be null. */
export type OptionalTimestamp = ColumnType<number | null, Date | null | undefined, Date | null>

/** A bytea. */
export type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>

/** A moment of the past that a rollback of the log can be measured against: position and base64 hash. */
export type Mark = { readonly position: number; readonly hash: string; readonly atMs: number }

/** A place in a stream that a reactor's saved state stands for; `hash` in base64, null before the first message. */
export type ReactorPlace = {
  readonly stream: string
  readonly position: number
  readonly hash: string | null
  readonly marks: readonly Mark[]
}

/** `shadow`: built to be compared, never read. `retired`: was live, can be live again. */
export type GenerationState = 'building' | 'live' | 'retired' | 'shadow'

/** `upgrade`: newer code found a generation of older code live. */
export type RebuildPurpose = 'rebuild' | 'upgrade' | 'undo' | 'verify'
export type RebuildPhase = 'archive' | 'log' | 'sealing' | 'done' | 'failed' | 'cancelled'

/** Where a table has a column `version` beside `projection`, it is the number of the generation. */
export type PlatformTables = {
  /** The built sets of a projection's tables. */
  'secumon.generations': {
    projection: string
    generation: number
    /** Of the projector that made it: whose rows another version would write otherwise. */
    code_version: number
    schema: string
    state: GenerationState
    created_at: ColumnType<number, Date | undefined, Date>
    /** In this state since. */
    since: ColumnType<number, Date | undefined, Date>
  }
  /** How far a generation that is being made is, and what its operator wants of it. */
  'secumon.rebuilds': {
    projection: string
    generation: number
    purpose: RebuildPurpose
    phase: RebuildPhase
    wanted: ColumnType<'run' | 'pause' | 'cancel', 'run' | undefined, 'run' | 'pause' | 'cancel'>
    /** Messages a second at most; null: as fast as it goes. */
    rate: ColumnType<number | null, number | null | undefined, number | null>
    /** The last flush of the archive that was taken, and the last there was. */
    flush: Generated<number>
    until_flush: Generated<number>
    /** Messages, of the archive. */
    done: Generated<number>
    total: Generated<number>
    /** The oldest thing it holds. */
    horizon: ColumnType<number | null, Date | null | undefined, Date | null>
    started_at: ColumnType<number, Date | undefined, Date>
    updated_at: ColumnType<number, Date | undefined, Date>
    detail: ColumnType<string | null, string | null | undefined, string | null>
  }
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
    /** When that first record was received; null: not known. */
    horizon_at: ColumnType<number | null, Date | null | undefined, Date | null>
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
  /** The newest flush of the archive that is committed; one row, once the archiver has worked. */
  'secumon.archive_progress': {
    id: Generated<number>
    flush: number
    committed_at: ColumnType<number, Date | undefined, Date>
    /** Since when the archive's disk has had no room; null: it has. */
    full_since: ColumnType<number | null, Date | null | undefined, Date | null>
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
  /** What a reactor remembered at some places of the log: it goes on from there. Its bytes are in the parts. */
  'secumon.reactor_state': {
    reactor: string
    /** Shard, or part of the tenants. */
    partition: number
    /** Of the code that wrote it: other code does not read it. */
    code_version: number
    /** Of the lease under which it was written: an older holder writes no more. */
    fence: number
    places: ColumnType<ReactorPlace[], string, string>
    /** Before compression. */
    bytes: number
    saved_at: ColumnType<number, Date | undefined, Date>
  }
  /** Pieces of the compressed state, in order. */
  'secumon.reactor_state_parts': { reactor: string; partition: number; part: number; data: Bytes }
  /** Parts of alerting that failed, each with how often one failure followed soon after another. */
  'secumon.part_failures': {
    part: string
    failures: number
    since: Timestamp
    last_at: Timestamp
    reason: string
  }
  /** How far each rollup of a generation is. */
  'secumon.rollups': {
    projection: string
    version: number
    relation: string
    /** Buckets that end here or before are made. */
    until: Timestamp
    /** Rows before this mark their bucket: it is made, or being made. Never before `until`. */
    stepping_to: Timestamp
    updated_at: ColumnType<number, Date | undefined, Date>
  }
  /** Buckets that got rows after they were made; the same one may stand here several times. */
  'secumon.rollup_dirty': {
    projection: string
    version: number
    relation: string
    agent: string
    bucket: Timestamp
    marked_at: ColumnType<number, Date | undefined, Date>
  }
  /** Where a relation begins: rows before it have been dropped. */
  'secumon.floors': {
    projection: string
    version: number
    relation: string
    floor: Timestamp
    /** How often an agent’s bucket got rows so late that what is made of them was kept as it is. */
    late_rows: Generated<number>
  }
  /** Where a relation begins for one tenant that keeps less than all others. */
  'secumon.tenant_floors': {
    projection: string
    version: number
    relation: string
    tenant_id: string
    floor: Timestamp
  }
  /** What is done to stored data, by whom it is done last, and when next. */
  'secumon.jobs': {
    name: string
    about: string
    schedule: string
    state: 'waiting' | 'running' | 'failed'
    next_at: OptionalTimestamp
    last_started_at: OptionalTimestamp
    last_finished_at: OptionalTimestamp
    last_ok_at: OptionalTimestamp
    failures: Generated<number>
    detail: string | null
  }
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
