// The server brought to agree with the table of streams: what is missing is made, what differs is updated, and what
// cannot be updated is said.

import { JetStreamApiError, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { createLanes, StreamMismatch, whileAlone } from './stream-room.ts'
import { streamTable, type StreamOptions, type StreamTable } from './stream-table.ts'

/**
 * Makes the server's streams those of the table.
 * @throws StreamMismatch naming stream and settings that cannot be changed
 */
export async function reconcileStreams(jetStream: JetStreamManager, options: StreamOptions, logger: Logger) {
  const missing = await disagreeing(jetStream, streamTable(options), logger)
  if (missing.length === 0) return
  await whileAlone(jetStream, async () => {
    const still = await disagreeing(jetStream, missing, logger)
    for (const stream of still.filter(({ max_bytes }) => max_bytes === -1))
      await jetStream.streams.add(stream)
    const limited = still.filter(({ max_bytes }) => max_bytes !== -1)
    if (limited.length > 0) await createLanes(jetStream, limited, logger)
  })
}

async function disagreeing(jetStream: JetStreamManager, table: readonly StreamTable[], logger: Logger) {
  const missing: StreamTable[] = []
  for (const wanted of table) if (!(await agree(jetStream, wanted, logger))) missing.push(wanted)
  return missing
}

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

/** Changes the limit of one stream. */
export async function setStreamLimit(
  jetStream: JetStreamManager,
  stream: string,
  maxBytes: number,
): Promise<void> {
  const config = await streamConfig(jetStream, stream)
  if (config) await jetStream.streams.update(stream, { ...config, max_bytes: maxBytes })
}
