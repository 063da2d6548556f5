// Heartbeats say that a consumer lives, not that it gets on: before a message that it cannot read from its damaged store
// nats-server stays silent for ever, and goes on accepting new ones.

import type { StreamBounds } from './event-log.ts'

const LOOK_MS = 5_000

/** What the log has accepted cannot be read back: its store is damaged. */
export class LogUnreadable extends Error {
  override readonly name = 'LogUnreadable'
  readonly stream: string
  /** The first one that is not delivered. */
  readonly position: number
  constructor(stream: string, position: number, last: number) {
    super(
      `${stream} cannot be read from ${position} on, and ends at ${last}: its store is damaged. Stop nats-server, move the ` +
        `directory of this stream away and start it again: the archive and the agents fill it anew`,
    )
    this.stream = stream
    this.position = position
  }
}

export type StallWatched = {
  readonly stream: string
  /** The last position delivered, while the reader waits for more; undefined while it is busy with what it has. */
  waitingAfter(): number | undefined
  bounds(): Promise<Pick<StreamBounds, 'first' | 'last'>>
  isReadable(position: number): Promise<boolean>
  /** Ends the reading: with LogUnreadable, or with words where a new consumer may do better. */
  fail(why: LogUnreadable | string): void
}

/**
 * Looks now and then whether what was appended while the reader waited has reached it. Returns what ends the watch.
 */
export function watchForStall(watched: StallWatched, lookMs = LOOK_MS): () => void {
  let before: Look | undefined
  const look = async (): Promise<void> => {
    const position = watched.waitingAfter()
    const { first, last } = await watched.bounds()
    if (position === undefined || position !== watched.waitingAfter()) return void (before = undefined)
    if (before?.position !== position) return void (before = { position, last, hasGrown: false })
    const { hasGrown } = before
    before = { position, last, hasGrown: hasGrown || last > before.last }
    const next = Math.max(position + 1, first)
    if (hasGrown && next <= last) await stalled(watched, { next, last })
  }
  // A log that does not answer is told of by the connection.
  const timer = setInterval(() => void look().catch(() => (before = undefined)), lookMs).unref()
  return () => clearInterval(timer)
}

/** `hasGrown`: something was appended after the reader began to wait. */
type Look = { readonly position: number; readonly last: number; readonly hasGrown: boolean }

async function stalled(watched: StallWatched, { next, last }: { next: number; last: number }): Promise<void> {
  if (await watched.isReadable(next)) watched.fail(`the consumer does not get beyond ${next - 1}`)
  else watched.fail(new LogUnreadable(watched.stream, next, last))
}
