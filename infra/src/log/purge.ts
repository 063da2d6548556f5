// Removes the beginning of a lane's stream. A lane whose last record lies in the part to be removed is quiet: where it
// stands is written again behind it first, so that it can go on.

import type { Logger } from 'pino'
import type { LogMessage } from '../eventlog/event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { readUpTo } from './read-up-to.ts'
import { watermarkRecord } from './watermark.ts'

/** Messages looked at in one round: the rest waits for the next. */
const MAX_SCANNED = 1_000_000
/** Requests for last messages under way at once. */
const PARALLEL = 64
/** Room for watermarks in a stream that is full. */
const HEADROOM_BYTES = 8 * 1024 ** 2

export type PurgeDeps = {
  readonly log: Pick<
    NatsEventLog,
    | 'append'
    | 'bounds'
    | 'connectionNumber'
    | 'consume'
    | 'lastMessage'
    | 'nextMessage'
    | 'trouble'
    | 'upkeep'
  >
  readonly logger: Logger
}

export type PurgeRequest = {
  readonly stream: string
  /** The last position to remove. */
  readonly upTo: number
  /** The connection under which `upTo` was found: under another one the log may have gone back in time. */
  readonly connectionNumber: number
  readonly signal: AbortSignal
}

export type PurgeReport = {
  readonly purged: number
  /** Quiet lanes whose place was written again. */
  readonly watermarks: number
}

const NOTHING: PurgeReport = { purged: 0, watermarks: 0 }

/** Removes up to a position, or less when there is much or a watermark could not be written: it never fails a lane. */
export async function purgeStream(deps: PurgeDeps, request: PurgeRequest): Promise<PurgeReport> {
  const { stream, upTo, signal } = request
  const { first, last, bytes, maxBytes } = await deps.log.bounds(stream)
  const end = Math.min(upTo, last, first + MAX_SCANNED - 1)
  if (end < first) return NOTHING
  const ends = await lastInRange(deps, { stream, first, end, signal })
  if (signal.aborted) return NOTHING
  const quiet = await quietLanes(deps, stream, ends)
  const tight = maxBytes > 0 && maxBytes - bytes < HEADROOM_BYTES && quiet.length > 0
  const widened = tight && (await widen(deps, stream, maxBytes + HEADROOM_BYTES))
  try {
    const { safe, written } = await writeWatermarks(deps, quiet, end)
    if (signal.aborted || safe < first || !isSameLog(deps, request)) return { purged: 0, watermarks: written }
    return { purged: await deps.log.upkeep.purge(stream, safe + 1), watermarks: written }
  } finally {
    if (widened) await deps.log.upkeep.setMaxBytes(stream, maxBytes)
  }
}

const isSameLog = ({ log }: PurgeDeps, { connectionNumber }: PurgeRequest): boolean =>
  log.connectionNumber === connectionNumber &&
  log.trouble !== 'disconnected' &&
  log.trouble !== 'not_reconciled'

// A server without room to reserve says no; what room there is may do.
async function widen({ log, logger }: PurgeDeps, stream: string, maxBytes: number): Promise<boolean> {
  try {
    await log.upkeep.setMaxBytes(stream, maxBytes)
    return true
  } catch (error) {
    logger.warn({ err: error, stream }, 'a nearly full stream cannot be widened for watermarks')
    return false
  }
}

type Range = {
  readonly stream: string
  readonly first: number
  readonly end: number
  readonly signal: AbortSignal
}

/** The last position of each subject within a range. */
async function lastInRange({ log }: PurgeDeps, range: Range): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  const all = { ...range, start: range.first }
  for await (const batch of readUpTo(log, (...args) => log.consume(...args), all))
    for (const { subject, position } of batch) if (position <= range.end) ends.set(subject, position)
  return ends
}

/** The last messages of the subjects that end within the range, oldest first. */
async function quietLanes(
  deps: PurgeDeps,
  stream: string,
  ends: ReadonlyMap<string, number>,
): Promise<LogMessage[]> {
  const quiet: LogMessage[] = []
  const subjects = [...ends]
  for (let from = 0; from < subjects.length; from += PARALLEL) {
    const some = subjects.slice(from, from + PARALLEL)
    const lasts = await Promise.all(some.map(([subject]) => deps.log.lastMessage(stream, subject)))
    quiet.push(
      ...lasts
        .filter((message, i) => message?.position === some[i]?.[1])
        .filter((message) => message !== undefined),
    )
  }
  return quiet.toSorted((a, b) => a.position - b.position)
}

/** Writes the places of quiet lanes again. `safe`: up to where the stream can now be removed. */
async function writeWatermarks(deps: PurgeDeps, quiet: readonly LogMessage[], end: number) {
  let written = 0
  for (const message of quiet) {
    const outcome = await writeWatermark(deps, message)
    if (outcome === 'failed') return { safe: message.position - 1, written }
    if (outcome === 'written') written++
  }
  return { safe: end, written }
}

async function writeWatermark(
  { log, logger }: PurgeDeps,
  message: LogMessage,
): Promise<'written' | 'needless' | 'failed'> {
  const { subject, position } = message
  const record = readRecord(message)
  if (record === 'unreadable') {
    logger.error(
      { subject, position },
      'the last record of a lane cannot be read: nothing from it on is purged',
    )
    return 'failed'
  }
  if (!record) return 'needless'
  const outcome = await log.append(subject, record, { expectedLast: position })
  // A conflict is the best of news: the lane has gone on by itself.
  if (outcome.outcome === 'conflict') return 'needless'
  if (outcome.outcome === 'appended') return 'written'
  logger.warn({ subject, reason: outcome.reason }, 'a watermark could not be written')
  return 'failed'
}

function readRecord({ payload }: LogMessage): Uint8Array | undefined | 'unreadable' {
  try {
    return watermarkRecord(payload)
  } catch {
    return 'unreadable'
  }
}
