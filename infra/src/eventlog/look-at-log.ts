// A log that is only looked at: nothing is made, changed or waited for, so that a command can ask a log in any state.

import { jetstreamManager } from '@nats-io/jetstream'
import type { LogMessage, StreamBounds } from './event-log.ts'
import { LogConnection, type LogServers } from './log-connection.ts'
import { nextMessage, streamBounds, whileConnected } from './reads.ts'
import { isStamped } from './reconciled-stamp.ts'

const TIMEOUT_MS = 1_500

export type LogLook = {
  readonly serverVersion: string
  /** False while the log has yet to be compared with its archive: it takes nothing. */
  readonly reconciled: boolean
  /** Names of the streams there are, ours and others. */
  readonly streams: readonly string[]
  bounds(stream: string): Promise<StreamBounds>
  /** The first message of a subject, which may be `>`, at or after a position. */
  nextMessage(stream: string, from: { subject: string; position: number }): Promise<LogMessage | undefined>
  close(): Promise<void>
}

/** @throws Error when nobody answers there, or a server without JetStream */
export async function lookAtLog(servers: LogServers): Promise<LogLook> {
  const connection = await LogConnection.open(servers)
  try {
    const jetStream = await jetstreamManager(connection.nats, { timeout: TIMEOUT_MS })
    const streams: string[] = []
    for await (const name of jetStream.streams.names()) streams.push(name)
    const serverId = connection.session?.serverId ?? ''
    return {
      serverVersion: connection.session?.serverVersion ?? '',
      // Without the stream of stamps nobody has ever reconciled it.
      reconciled: await whileConnected(connection, () => isStamped(connection, serverId)).catch(() => false),
      streams,
      bounds: (stream) => streamBounds(connection, jetStream, stream),
      nextMessage: (stream, from) => nextMessage(connection, stream, from),
      close: () => connection.close(),
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}
