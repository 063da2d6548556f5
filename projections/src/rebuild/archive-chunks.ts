// The archive in portions that make one round of transactions: whole flushes, sorted by stream, read one ahead of what is
// being written.

import type { ArchiveReader, SegmentKind } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { Projector } from '../projector.ts'
import { archivedMessage } from './archived-message.ts'
import type { BuildLimits } from './build.ts'

export type Chunk = {
  /** The last flush in it. */
  readonly flush: number
  /** In the order of the log, by stream. */
  readonly messages: ReadonlyMap<string, readonly LogMessage[]>
  readonly count: number
}

export type ChunkRequest = {
  readonly kinds: readonly SegmentKind[]
  readonly streams: readonly string[]
  readonly afterFlush: number
  readonly untilFlush: number
  readonly limits: BuildLimits
  readonly signal: AbortSignal
}

export const kindsOf = ({ feeds }: Pick<Projector, 'feeds'>): readonly SegmentKind[] => feeds

/** Portions in order. @throws ArchiveDamaged */
export async function* archiveChunks(
  archive: Pick<ArchiveReader, 'flushes'>,
  { kinds, streams, afterFlush, untilFlush, limits, signal }: ChunkRequest,
): AsyncGenerator<Chunk> {
  let open = new OpenChunk()
  for await (const { flush, records } of archive.flushes({ kinds, afterFlush, untilFlush, signal })) {
    for (const leaf of records) if (streams.includes(leaf.stream)) open.add(archivedMessage(leaf))
    open.flush = flush
    if (open.count < limits.maxMessages && open.bytes < limits.maxBytes) continue
    yield open
    open = new OpenChunk()
  }
  if (open.flush > 0) yield open
}

class OpenChunk implements Chunk {
  flush = 0
  count = 0
  bytes = 0
  readonly messages = new Map<string, LogMessage[]>()

  add(message: LogMessage): void {
    const held = this.messages.get(message.stream)
    if (held) held.push(message)
    else this.messages.set(message.stream, [message])
    this.count++
    this.bytes += message.payload.length
  }
}

/** The same items; the next is being made while one is used. */
export async function* oneAhead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = begin(items)
  try {
    for (;;) {
      const { value, done } = await next
      if (done) return
      next = begin(items)
      yield value
    }
  } finally {
    await next.catch(() => undefined)
    await items.return(undefined)
  }
}

// Nobody waits yet: a failure is heard by who asks next.
function begin<Item>(items: AsyncGenerator<Item>): Promise<IteratorResult<Item, unknown>> {
  const next = items.next()
  next.catch(() => undefined)
  return next
}
