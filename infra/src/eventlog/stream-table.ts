// The streams of the log as they should be: one table.

import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from '@nats-io/jetstream'
import { LANES } from '@secumon/contracts/lanes'
import { EVENTS_STREAM, laneStream, laneStreamSubjects } from '@secumon/contracts/subjects'
import { nanos } from '@nats-io/transport-node'

/** Remembers which server has been reconciled with the archive. */
export const STAMPS_STREAM = 'SECUMON'
export const STAMP_SUBJECT = 'secumon.reconciled'

const DEDUPLICATION_MS = 2 * 60_000

export type StreamOptions = {
  readonly shards: number
  /**
   * Limit of each lane's stream, bytes. Absent: a new stream gets 2 GiB, or its part of what the server has, and
   * an existing one keeps its limit.
   */
  readonly maxStreamBytes?: number
  /** Whether the server can compress what it stores. */
  readonly compression?: boolean
}

/** The part of a stream's configuration that is ours to say. */
export type StreamTable = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] }

/** Every stream of the log as it should be. Lanes without `max_bytes` get it when they are created. */
export function streamTable({ shards, maxStreamBytes, compression }: StreamOptions): StreamTable[] {
  const compressed = compression ? { compression: StoreCompression.S2 } : {}
  const lanes = Array.from({ length: shards }, (_, shard) => LANES.map((lane) => ({ lane, shard }))).flat()
  return [
    {
      ...fileStream(EVENTS_STREAM, ['events.>']),
      deny_delete: true,
      deny_purge: true,
      max_bytes: -1,
      ...compressed,
    },
    {
      ...fileStream(STAMPS_STREAM, [`${STAMP_SUBJECT}.*`]),
      discard: DiscardPolicy.Old,
      max_msgs: 64,
      max_msgs_per_subject: 1,
      max_bytes: -1,
    },
    ...lanes.map(({ lane, shard }) => ({
      ...fileStream(laneStream(lane, shard), [laneStreamSubjects(lane, shard)]),
      ...compressed,
      ...(maxStreamBytes !== undefined && { max_bytes: maxStreamBytes }),
    })),
  ]
}

/** What all our streams have in common. */
export const fileStream = (name: string, subjects: string[]): StreamTable => ({
  name,
  subjects,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_age: 0,
  allow_direct: true,
  duplicate_window: nanos(DEDUPLICATION_MS),
})
