// Publishes what the log has lost behind what it still has.

import { LogDisconnected, type LogMessage } from '../eventlog/event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'
import { RestoreFailed } from './restore-failed.ts'

export type RestoringLog = Pick<NatsEventLog, 'restore' | 'messageAt' | 'bounds'>

export type LostRecord = {
  readonly stream: string
  readonly subject: string
  readonly payload: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** The last message of the subject that can be read; 0 for none. */
  readonly last: number
}

/**
 * Publishes the record and returns its position.
 * @throws LogUnreadable when the server does not give out a last message that it counts or has just taken, as one does
 * whose blocks were damaged: what were put behind that would not be read either. RestoreFailed when somebody else appends, or the log
 * takes nothing
 */
export async function restoreRecord(log: RestoringLog, record: LostRecord): Promise<number> {
  const { stream, subject, payload, headers, last } = record
  const outcome = await log.restore(subject, payload, { expectedLast: last, ...(headers && { headers }) })
  if (outcome.outcome === 'appended') return outcome.position
  const counted = outcome.outcome === 'conflict' ? outcome.last : undefined
  if (counted !== undefined && (await isDamaged(log, { stream, last, counted })))
    throw new LogUnreadable(stream, Math.max(counted, last), Math.max(counted, last))
  throw new RestoreFailed(subject, outcome)
}

type Ends = { readonly stream: string; readonly last: number; readonly counted: number }

// A server that fails to load the subject's last message refuses even the place it names itself; one that has lost its
// place in a block takes messages and then knows nothing of them. A log that went back ends before them.
async function isDamaged(log: RestoringLog, { stream, last, counted }: Ends): Promise<boolean> {
  if (counted === last) return true
  const newest = Math.max(counted, last)
  if (await readable(log, stream, newest)) return false
  return counted > last || (await log.bounds(stream)).last >= newest
}

async function readable(log: RestoringLog, stream: string, position: number): Promise<boolean> {
  return (await messageAt(log, stream, position)) !== undefined
}

// A server that finds the message damaged answers with a fault of its own; one that is gone fails the next append too.
async function messageAt(
  log: RestoringLog,
  stream: string,
  position: number,
): Promise<LogMessage | undefined> {
  try {
    return await log.messageAt(stream, position)
  } catch (error) {
    if (error instanceof LogDisconnected) return undefined
    throw error
  }
}
