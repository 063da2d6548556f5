// What of a source's lines gets through: within its limit, without what must not leave the host, and with a time and a
// severity.

import { LogDropReason } from '@secumon/contracts/gen/log'
import type { HostClock } from '../host-clock.ts'
import type { LineBlock } from './line-block.ts'
import { MAX_EVENT_BYTES, type SourceLine } from './log-source.ts'
import type { LogsConfig } from './logs-config.ts'
import type { LossLedger } from './loss-ledger.ts'
import { redacted } from './redaction.ts'
import { CUT_MARK } from './split-events.ts'
import { createTokenBucket } from './token-bucket.ts'
import { toldByLine } from './told-by-line.ts'

export type SieveOptions = {
  readonly source: string
  readonly config: LogsConfig
  readonly clock: HostClock
  readonly losses: LossLedger
  /** How long nobody read it. */
  readonly awayMs: number
  readonly counts: LogCounts
}

/** Lines that got through, and lines that were beyond a limit. */
export type LogCounts = { lines: number; dropped: number }

export type Sieve = {
  pass(lines: readonly SourceLine[], into: LineBlock): void
  /** Nobody reads it for so long. */
  credit(ms: number): void
}

/** What a source is entitled to after it was not read, at most. */
const MAX_AWAY_MS = 86_400_000

export function createSieve({ source, config, clock, losses, awayMs, counts }: SieveOptions): Sieve {
  const bucket = createTokenBucket(config.limits.get(source) ?? config.limit, () => clock.monotonicMs())
  bucket.credit(Math.min(awayMs, MAX_AWAY_MS))
  const passLine = ({ text, unit, ...own }: SourceLine, nowMs: number, into: LineBlock): void => {
    const read = Buffer.byteLength(text)
    if (!bucket.take(read)) {
      counts.dropped++
      const loss = { lines: 1, bytes: read, fromMs: nowMs, untilMs: nowMs, reason: LogDropReason.RATE }
      return losses.add(source, loss)
    }
    const line = limited(redacted(text, config.redactions))
    const told = own.atMs === undefined || own.severity === undefined ? toldByLine(line, nowMs) : undefined
    const atMs = own.atMs ?? told?.atMs ?? nowMs
    const severity = own.severity ?? told?.severity ?? 0
    counts.lines++
    into.add({ source, unit, text: line, atMs, severity }, Buffer.byteLength(line))
  }
  return {
    pass(lines, into) {
      const nowMs = Math.round(clock.nowMs())
      for (const line of lines) passLine(line, nowMs, into)
    },
    credit: (ms) => bucket.credit(ms),
  }
}

// What was no UTF-8 has grown by being replaced, and so may what was redacted.
function limited(text: string): string {
  if (text.length * 3 <= MAX_EVENT_BYTES || Buffer.byteLength(text) <= MAX_EVENT_BYTES) return text
  const room = MAX_EVENT_BYTES - Buffer.byteLength(CUT_MARK)
  const whole = Buffer.from(text)
  let end = room
  while (((whole[end] ?? 0) & 0xc0) === 0x80) end--
  return whole.toString('utf8', 0, end) + CUT_MARK
}
