// Makes streams: one process at a time, and lanes no larger than the server has room for.

import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { fileStream, type StreamTable } from './stream-table.ts'

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3
const LEAST_MAX_BYTES = 16 * 1024 ** 2
/** Of what the server could reserve: the rest stays for EVENTS, which reserves nothing. */
const LANES_SHARE = 0.75
const LOCK = 'SECUMON_LOCK'
const LOCK_POLL_MS = 50
/** A lock that lasts longer was left by a process that died. */
const LOCK_LASTS_MS = 10_000

// https://github.com/nats-io/nats-server/blob/main/server/errors.json
const NAME_IN_USE = 10058
const NO_ROOM = [10023, 10047]

export class StreamMismatch extends Error {
  override readonly name = 'StreamMismatch'
}

/** Does the work while no other process does any under this function: a stream nobody else can make is the lock. */
export async function whileAlone(jetStream: JetStreamManager, work: () => Promise<void>): Promise<void> {
  const lock = { ...fileStream(LOCK, ['secumon.lock']), max_bytes: 1024, description: randomUUID() }
  const deadlineMs = performance.now() + LOCK_LASTS_MS
  while (!(await unless([NAME_IN_USE], () => jetStream.streams.add(lock)))) {
    if (performance.now() > deadlineMs) await jetStream.streams.delete(LOCK).catch(() => false)
    else await delay(LOCK_POLL_MS)
  }
  try {
    await work()
  } finally {
    await jetStream.streams.delete(LOCK).catch(() => false)
  }
}

/**
 * Makes lanes' streams with the limit they name, or with 2 GiB each, or with what the server has.
 * @throws StreamMismatch when there is no room
 */
export async function createLanes(
  jetStream: JetStreamManager,
  streams: readonly StreamTable[],
  logger: Logger,
) {
  const maxBytes = streams[0]?.max_bytes ?? (await roomPerStream(jetStream, streams.length))
  for (const stream of streams)
    if (!(await unless(NO_ROOM, () => jetStream.streams.add({ ...stream, max_bytes: maxBytes }))))
      throw noRoom(streams.length, maxBytes)
  logger.info({ streams: streams.map(({ name }) => name), maxBytes }, 'streams created')
}

const noRoom = (count: number, bytes: number): StreamMismatch =>
  new StreamMismatch(`the server has no room for ${count} streams of ${bytes} bytes`)

// The server reserves max_bytes when it makes a stream and does not tell how much it could reserve, so that a stream
// made for a moment has to find out.
async function roomPerStream(jetStream: JetStreamManager, count: number): Promise<number> {
  const name = `SECUMON_PROBE_${randomUUID()}`
  for (let bytes = DEFAULT_MAX_BYTES; bytes >= LEAST_MAX_BYTES; bytes /= 2) {
    const probe = { ...fileStream(name, ['secumon.probe']), max_bytes: count * bytes }
    if (!(await unless(NO_ROOM, () => jetStream.streams.add(probe)))) continue
    await jetStream.streams.delete(name)
    return bytes === DEFAULT_MAX_BYTES ? bytes : Math.floor(bytes * LANES_SHARE)
  }
  throw noRoom(count, LEAST_MAX_BYTES)
}

/** True when the request succeeds, false when the server answers one of the codes. */
async function unless(codes: readonly number[], request: () => Promise<unknown>): Promise<boolean> {
  try {
    await request()
    return true
  } catch (error) {
    if (error instanceof JetStreamApiError && codes.includes(error.code)) return false
    throw error
  }
}
