// The streams of the log, as one table, and the server brought to agree with it: what is missing is created, what
// differs is updated, and what cannot be updated is said.

import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream'
import { LANES } from '@secumon/contracts/lanes'
import { EVENTS_STREAM, laneStream, laneStreamSubjects } from '@secumon/contracts/subjects'
import { nanos } from '@nats-io/transport-node'
import type { Logger } from 'pino'

/** Remembers which server has been reconciled with the archive. */
export const STAMPS_STREAM = 'SECUMON'
export const STAMP_SUBJECT = 'secumon.reconciled'

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3
const LEAST_MAX_BYTES = 16 * 1024 ** 2
/** Of what the server could reserve: the rest stays for EVENTS, which reserves nothing. */
const LANES_SHARE = 0.75
const DEDUPLICATION_MS = 2 * 60_000
const NAME_IN_USE = 10058
const NO_ROOM = new Set([10023, 10047])

export type StreamOptions = {
  readonly shards: number
  /**
   * Limit of each lane's stream, bytes. Absent: a new stream gets 2 GiB, or its part of what the server has, and
   * an existing one keeps its limit.
   */
  readonly maxStreamBytes?: number
}

/** The part of a stream's configuration that is ours to say. */
export type StreamTable = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] }

export class StreamMismatch extends Error {
  override readonly name = 'StreamMismatch'
}

/** Every stream of the log as it should be. Lanes without `max_bytes` get it when they are created. */
export function streamTable({ shards, maxStreamBytes }: StreamOptions): StreamTable[] {
  const lanes = Array.from({ length: shards }, (_, shard) => LANES.map((lane) => ({ lane, shard }))).flat()
  return [
    { ...common(EVENTS_STREAM, ['events.>']), deny_delete: true, deny_purge: true, max_bytes: -1 },
    {
      ...common(STAMPS_STREAM, [`${STAMP_SUBJECT}.*`]),
      discard: DiscardPolicy.Old,
      max_msgs: 64,
      max_msgs_per_subject: 1,
    },
    ...lanes.map(({ lane, shard }) => ({
      ...common(laneStream(lane, shard), [laneStreamSubjects(lane, shard)]),
      ...(maxStreamBytes !== undefined && { max_bytes: maxStreamBytes }),
    })),
  ]
}

const common = (name: string, subjects: string[]): StreamTable => ({
  name,
  subjects,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_age: 0,
  allow_direct: true,
  duplicate_window: nanos(DEDUPLICATION_MS),
})

/**
 * Makes the server's streams those of the table.
 * @throws StreamMismatch naming stream and settings that cannot be changed
 */
export async function reconcileStreams(jetStream: JetStreamManager, options: StreamOptions, logger: Logger) {
  const missing: StreamTable[] = []
  for (const wanted of streamTable(options))
    if (!(await agree(jetStream, wanted, logger))) missing.push(wanted)
  const [limited, unlimited] = [missing.filter(isLane), missing.filter((stream) => !isLane(stream))]
  for (const stream of unlimited) await create(jetStream, stream)
  if (limited.length > 0) await createWithinStorage(jetStream, limited, logger)
}

const isLane = ({ max_bytes, max_msgs }: StreamTable): boolean => max_bytes !== -1 && max_msgs === undefined

async function agree(jetStream: JetStreamManager, wanted: StreamTable, logger: Logger): Promise<boolean> {
  const found = await streamConfig(jetStream, wanted.name)
  if (!found) return false
  const settings = differences(found, wanted)
  if (settings.length === 0) return true
  try {
    await jetStream.streams.update(wanted.name, { ...found, ...wanted })
    logger.info({ stream: wanted.name, settings }, 'stream updated')
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StreamMismatch(`stream ${wanted.name}: ${settings.join(', ')} cannot be changed (${detail})`, {
      cause,
    })
  }
  return true
}

/** The settings, as `name: found → wanted`, in which a stream differs from the table. */
export function differences(found: StreamConfig, wanted: StreamTable): string[] {
  const has = new Map<string, unknown>(Object.entries(found))
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [is, should] = [JSON.stringify(has.get(name)), JSON.stringify(value)]
    return is === should ? [] : [`${name}: ${is} → ${should}`]
  })
}

async function streamConfig(jetStream: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jetStream.streams.info(name)).config
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined
    throw error
  }
}

// Two processes may start at once: the second finds the name in use, with the same table behind it.
async function create(jetStream: JetStreamManager, stream: StreamTable): Promise<void> {
  try {
    await jetStream.streams.add(stream)
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === NAME_IN_USE)) throw error
  }
}

// The server reserves max_bytes when it makes a stream, but does not tell how much it could reserve.
async function createWithinStorage(
  jetStream: JetStreamManager,
  streams: readonly StreamTable[],
  logger: Logger,
) {
  const fixed = streams[0]?.max_bytes
  if (fixed !== undefined) {
    for (const stream of streams) await create(jetStream, stream)
    return
  }
  let bytes = DEFAULT_MAX_BYTES
  while (!(await fits(jetStream, streams, bytes))) bytes /= 2
  const max_bytes = bytes === DEFAULT_MAX_BYTES ? bytes : Math.floor(bytes * LANES_SHARE)
  for (const stream of streams) await jetStream.streams.update(stream.name, { ...stream, max_bytes })
  logger.info({ streams: streams.map(({ name }) => name), max_bytes }, 'streams created')
}

async function fits(
  jetStream: JetStreamManager,
  streams: readonly StreamTable[],
  bytes: number,
): Promise<boolean> {
  const created: string[] = []
  try {
    for (const stream of streams) {
      await create(jetStream, { ...stream, max_bytes: bytes })
      created.push(stream.name)
    }
    return true
  } catch (error) {
    const noRoom = error instanceof JetStreamApiError && NO_ROOM.has(error.code)
    if (!noRoom || bytes / 2 < LEAST_MAX_BYTES) throw error
    for (const name of created) await jetStream.streams.delete(name)
    return false
  }
}

/** Changes the limit of one stream. */
export async function setStreamLimit(
  jetStream: JetStreamManager,
  stream: string,
  maxBytes: number,
): Promise<void> {
  const config = await streamConfig(jetStream, stream)
  if (config) await jetStream.streams.update(stream, { ...config, max_bytes: maxBytes })
}
