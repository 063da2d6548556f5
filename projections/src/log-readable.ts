// Waiting for a log that can be trusted: connected, and reconciled after whatever happened to it.

import type { EventLog } from '@secumon/infra/eventlog/event-log'

/** What the project loop needs of the log. */
export type ReadableLog = Pick<
  EventLog,
  'trouble' | 'onChange' | 'bounds' | 'messageAt' | 'consume' | 'connectionNumber'
>

type Watched = Pick<EventLog, 'trouble' | 'onChange'>

/** Resolves once the log can be read, or when the signal aborts. A full or slow log can be read. */
export async function untilReadable(log: Watched, signal: AbortSignal): Promise<void> {
  const readable = () =>
    signal.aborted || (log.trouble !== 'disconnected' && log.trouble !== 'not_reconciled')
  if (readable()) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => {
    if (readable()) resolve()
  }
  const unsubscribe = log.onChange(look)
  signal.addEventListener('abort', look, { once: true })
  look()
  await promise
  unsubscribe()
  signal.removeEventListener('abort', look)
}
