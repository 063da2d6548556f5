// Reads a stream up to a position, also where nothing lies there any more: a damaged log can end before its own count
// says so, and whoever waited for its last message would wait for ever.

import type { LogMessage } from '../eventlog/event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'

const QUIET_MS = 1_000
/** A log that has a message and does not deliver it for so long is broken. */
const MAX_QUIET = 20

export type UpTo = {
  readonly stream: string
  readonly start: number
  /** The last position wanted. */
  readonly end: number
  readonly signal: AbortSignal
}

type Read = Pick<NatsEventLog, 'consume'>['consume']

/**
 * Batches in order; the last may reach beyond the end. Ends without one when the signal aborts.
 * @throws LogUnreadable, and LogDisconnected as `read` does
 */
export async function* readUpTo(
  log: Pick<NatsEventLog, 'nextMessage'>,
  read: Read,
  { stream, start, end, signal }: UpTo,
): AsyncGenerator<readonly LogMessage[], void, undefined> {
  const enough = new AbortController()
  const batches = read(stream, { start, signal: AbortSignal.any([signal, enough.signal]) })[
    Symbol.asyncIterator
  ]()
  let position = start - 1
  try {
    while (position < end) {
      const next = batches.next()
      const from = { subject: '>', position: position + 1 }
      const arrived = await arrives(next, () => log.nextMessage(stream, from))
      if (arrived === 'never') throw new LogUnreadable(stream, from.position, end)
      if (arrived === 'no more') return
      const { value, done } = await next
      if (done) return
      position = value.at(-1)?.position ?? position
      yield value
    }
  } finally {
    enough.abort()
  }
}

async function arrives(
  next: Promise<unknown>,
  more: () => Promise<LogMessage | undefined>,
): Promise<'arrived' | 'no more' | 'never'> {
  for (let quiet = 0; quiet < MAX_QUIET; quiet++) {
    if (await withinQuiet(next)) return 'arrived'
    if (!(await more())) return 'no more'
  }
  return 'never'
}

async function withinQuiet(next: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), QUIET_MS)
  return Promise.race([next.then(() => true), promise]).finally(() => clearTimeout(timer))
}
