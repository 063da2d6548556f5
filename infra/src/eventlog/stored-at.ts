// When the log stored a message.

import type { LogMessage } from './event-log.ts'

/** Milliseconds since 1970; only a message that was got by itself says it. */
export function storedAtMs(message: LogMessage): number | undefined {
  const at = Date.parse(message.header('Nats-Time-Stamp') ?? '')
  return Number.isNaN(at) ? undefined : at
}
