// Changed rows of one tenant, gathered for a moment and then told to everybody who looks.

import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { encodeEvent, type LiveConnection, type RowKind } from './live-connection.ts'

type Row = { readonly id: string }

export type RowFeedOptions = {
  readonly log: Pick<EventLog, 'subscribeLive'>
  readonly subject: string
  /** Names the event. */
  readonly kind: RowKind
  /** Changes of so long are told as one event, each row once. */
  readonly flushMs: number
  /** @throws when the message is not understood */
  readonly read: (message: unknown) => readonly Row[]
  /** What rows lack on their way is added before they are told. */
  readonly complete?: (rows: readonly Row[]) => Promise<readonly Row[]>
  readonly logger: Logger
}

export type RowFeed = {
  readonly connections: Set<LiveConnection>
  stop(): void
}

export function rowFeed(options: RowFeedOptions): RowFeed {
  const { log, subject, kind, flushMs, complete = async (rows) => rows, logger } = options
  const connections = new Set<LiveConnection>()
  const changed = new Map<string, Row>()
  let telling = false
  const unsubscribe = log.subscribeLive(subject, (payload) => {
    for (const row of readRows(payload, options)) changed.set(row.id, row)
  })

  // One after the other: a row must not be overtaken by an older one of it.
  async function tell(): Promise<void> {
    if (changed.size === 0 || telling) return
    telling = true
    const found = [...changed.values()]
    changed.clear()
    const rows = await completed(found)
    const event = encodeEvent(kind, rows)
    for (const connection of connections) connection.sendRows(kind, rows, event)
    telling = false
  }

  // Rows that lack something are better than none.
  const completed = (found: readonly Row[]): Promise<readonly Row[]> =>
    complete(found).catch((error: unknown) => {
      logger.warn({ err: error, kind }, 'live rows are told incomplete')
      return found
    })

  const timer = setInterval(() => void tell(), flushMs)
  return {
    connections,
    stop() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}

function readRows(payload: Uint8Array, { read, kind, logger }: RowFeedOptions): readonly Row[] {
  try {
    return read(JSON.parse(Buffer.from(payload).toString('utf8')))
  } catch (error) {
    logger.warn({ err: error, kind }, 'a live message was not understood')
    return []
  }
}
