// What every source of log lines is to the shipper: asked for more when there is room, and able to say how far it came.

import type { LogDropReason, LogSeverity } from '@secumon/contracts/gen/log'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'

/** One event: a line, or several joined by "\n". */
export type SourceLine = {
  readonly text: string
  /** The program, systemd unit or file it is of; empty where there is none. */
  readonly unit: string
  /** By the source's own word. */
  readonly severity?: LogSeverity
  readonly atMs?: number
}

/** Lines that were there and will never come. */
export type Loss = {
  /** 0 where nobody could count. */
  readonly lines: number
  readonly bytes: number
  readonly fromMs: number
  readonly untilMs: number
  readonly reason: LogDropReason
}

export type LogSource = {
  readonly name: string
  /** Up to some 64 KiB of lines, or undefined when nothing waits now. Never rejects for what the source is like. */
  read(): Promise<readonly SourceLine[] | undefined>
  /** Keeps up with what becomes of the source while nobody reads it. */
  look(): Promise<void>
  /** Behind the last line that `read` returned, as JSON: opened with it, the source goes on there. */
  position(): unknown
  close(): Promise<void>
}

/** What every source is opened with. */
export type SourceOptions = {
  readonly clock: Pick<HostClock, 'nowMs' | 'monotonicMs'>
  readonly logger: EdgeLogger
  /** Where an earlier run stood; undefined when there was none. */
  readonly position: unknown
  /** When that run stood there; undefined when there was none. */
  readonly leftAtMs: number | undefined
  /** Takes what will never come. It counts as said from the moment at which the position is beyond it. */
  readonly lose: (loss: Loss) => void
}

/** Of one event, UTF-8. */
export const MAX_EVENT_BYTES = 64 * 1024
/** After so many bytes a reading ends. */
export const READING_BYTES = 64 * 1024
