// The door to the log.

import { NatsEventLog, type EventLogOptions } from './nats-event-log.ts'

export type { EventLogOptions, LogLimits, NatsEventLog } from './nats-event-log.ts'

/**
 * Connects to NATS, makes the streams and keeps the connection for ever. Appends are `unavailable` and consumers wait
 * until a reconciler (infra/src/log/reconciler.ts) has stamped the server.
 * @throws Error when no server answers, UnsupportedServer, StreamMismatch
 */
export const connectEventLog = (options: EventLogOptions): Promise<NatsEventLog> =>
  NatsEventLog.connect(options)
