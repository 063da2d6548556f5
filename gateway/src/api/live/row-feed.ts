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
  /** The rows to tell of those that changed: the same with what they lack, or read anew. Absent: as they came. */
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
  let failing = false
  const unsubscribe = log.subscribeLive(subject, (payload) => {
    for (const row of readRows(payload, options)) changed.set(row.id, row)
  })

  // One after the other: a row must not be overtaken by an older one of it.
  async function tell(): Promise<void> {
    if (changed.size === 0 || telling) return
    telling = true
    const rows = await completed([...changed.values()])
    telling = false
    if (rows.length === 0) return
    const event = encodeEvent(kind, rows)
    for (const connection of connections) connection.sendRows(kind, rows, event)
  }

  // What cannot be completed now is told as soon as it can.
  async function completed(found: readonly Row[]): Promise<readonly Row[]> {
    changed.clear()
    try {
      const rows = await complete(found)
      failing = false
      return rows
    } catch (error) {
      if (!failing) logger.warn({ err: error, kind }, 'live rows have to wait')
      failing = true
      for (const row of found) if (!changed.has(row.id)) changed.set(row.id, row)
      return []
    }
  }

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
