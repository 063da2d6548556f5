// Single messages by direct get, which any replica answers without touching a consumer.

import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream'
import { errors, nanos } from '@nats-io/transport-node'
import { LogDisconnected, type LogMessage, type StreamBounds } from './event-log.ts'
import type { LogConnection } from './log-connection.ts'
import { directMessage, headerText, statusCode } from './stored-message.ts'

export const READ_TIMEOUT_MS = 5_000

const NO_ANSWER = [
  errors.TimeoutError,
  errors.RequestError,
  errors.NoRespondersError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
]

/**
 * Runs a request, but no longer than the connection lasts.
 * @throws LogDisconnected when it is lost or nothing answers in time
 */
export async function whileConnected<T>(connection: LogConnection, request: () => Promise<T>): Promise<T> {
  const { session } = connection
  if (!session) throw new LogDisconnected('not connected')
  const { promise: lost, reject } = Promise.withResolvers<never>()
  const lose = () => reject(new LogDisconnected('the connection was lost'))
  session.lost.addEventListener('abort', lose, { once: true })
  try {
    return await Promise.race([request(), lost])
  } catch (cause) {
    if (!NO_ANSWER.some((kind) => cause instanceof kind)) throw cause
    throw new LogDisconnected('the log does not answer', { cause })
  } finally {
    session.lost.removeEventListener('abort', lose)
  }
}

const NOT_FOUND = 404

async function directGet(
  connection: LogConnection,
  subject: string,
  query = '',
): Promise<LogMessage | undefined> {
  const answer = await whileConnected(connection, () =>
    connection.nats.request(subject, query, { timeout: READ_TIMEOUT_MS }),
  )
  const code = statusCode(answer)
  if (code === NOT_FOUND) return undefined
  if (code !== 0) throw new LogDisconnected(`direct get: ${headerText(answer).slice(0, 80).trim()}`)
  return directMessage(answer)
}

/** The newest message of a subject. */
export const lastMessage = (connection: LogConnection, stream: string, subject: string) =>
  directGet(connection, `$JS.API.DIRECT.GET.${stream}.${subject}`)

/** The message at a position, undefined when it was never there or has been purged. */
export const messageAt = (connection: LogConnection, stream: string, position: number) =>
  directGet(connection, `$JS.API.DIRECT.GET.${stream}`, JSON.stringify({ seq: position }))

/** The first message of a subject at or after a position. */
export const nextMessage = (
  connection: LogConnection,
  stream: string,
  from: { subject: string; position: number },
) =>
  directGet(
    connection,
    `$JS.API.DIRECT.GET.${stream}`,
    JSON.stringify({ seq: from.position, next_by_subj: from.subject }),
  )

/** What a stream holds now. */
export async function streamBounds(
  connection: LogConnection,
  jetStream: JetStreamManager,
  stream: string,
): Promise<StreamBounds> {
  const { state, config } = await whileConnected(connection, () => jetStream.streams.info(stream))
  return {
    first: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
    last: state.last_seq,
    messages: state.messages,
    bytes: state.bytes,
    maxBytes: config.max_bytes,
  }
}

/** How many messages of each subject the server knows of, by its index. */
export async function subjectCounts(
  connection: LogConnection,
  jetStream: JetStreamManager,
  stream: string,
): Promise<ReadonlyMap<string, number>> {
  const { state } = await whileConnected(connection, () =>
    jetStream.streams.info(stream, { subjects_filter: '>' }),
  )
  return new Map(Object.entries(state.subjects ?? {}))
}

/** The position of the first message stored at or after a time; last + 1 when there is none. */
export async function positionAt(jetStream: JetStreamManager, stream: string, atMs: number): Promise<number> {
  const { name, delivered } = await jetStream.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(atMs).toISOString(),
    inactive_threshold: nanos(READ_TIMEOUT_MS),
    mem_storage: true,
    num_replicas: 1,
  })
  await jetStream.consumers.delete(stream, name)
  return delivered.stream_seq + 1
}
