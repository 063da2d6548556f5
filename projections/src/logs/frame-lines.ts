// What a record of lane `logs` says, line by line: the same for tables, Loki and archive. Lines that the agent had to
// drop, and frames that never came, become lines that say so, where they are missing.

import { GapReason } from '@secumon/contracts/gen/frame'
import type { LogDropped } from '@secumon/contracts/gen/log'
import { readLogFrame } from '@secumon/contracts/log-lines'
import { LOG_LOSSES, LOG_SEVERITIES, logSeverityName } from '@secumon/contracts/log-severity'
import { observedAtMs } from '../observed-at.ts'
import type { FrameFact, GapFact } from '../projector.ts'
import { lineId, type Dropped, type LogLine } from './queries/log-line.ts'

/** A line as it was read, its severity still a number. */
export type ReadLine = {
  readonly atMs: number
  readonly epoch: number
  readonly sequence: number
  /** Counted through the frame; losses come after its lines. */
  readonly index: number
  readonly source: string
  /** Empty where there is none. */
  readonly unit: string
  readonly severity: number
  readonly message: string
  readonly dropped?: Dropped
}

/** UTF-16 units that a line weighs in memory: its columns and objects, and what it says. */
export const weightOf = ({ source, unit, message }: ReadLine): number =>
  LINE_WEIGHT + source.length + unit.length + message.length
const LINE_WEIGHT = 150

/** Under this source stands what is not of one source. */
export const AGENT_SOURCE = 'secumon-agent'
const LOSS_SEVERITY = 5

/** What of a frame is needed to read its lines. */
export type LogFrame = Pick<FrameFact, 'header' | 'receivedAtMs' | 'clockOffsetMs' | 'bytes'>

/** The lines of a frame, in the agent's order. @throws MalformedLogBlock */
export function* frameLines(frame: LogFrame): Generator<ReadLine> {
  const { epoch, sequence } = frame.header
  let index = 0
  const losses: ReadLine[] = []
  for (const block of readLogFrame(frame.bytes)) {
    const { atMs, source, unit, severity, message, sources, units } = block
    for (const [i, text] of message.entries())
      yield {
        atMs: observedAtMs({ atMs: atMs[i] ?? 0n }, frame),
        epoch,
        sequence,
        index: index++,
        source: storable(sources[source[i] ?? 0] ?? ''),
        unit: storable(units[(unit[i] ?? 0) - 1] ?? ''),
        severity: knownSeverity(severity[i]),
        message: storable(text),
      }
    for (const dropped of block.dropped)
      losses.push(lossLine(frame, dropped, storable(sources[dropped.source] ?? '')))
  }
  for (const loss of losses) yield { ...loss, index: index++ }
}

// Those of an agent that knows more of them than this program does have none.
const knownSeverity = (severity = 0): number => (severity in LOG_SEVERITIES ? severity : 0)

/** Frames that never came, as a line. */
export function gapLine({ header, receivedAtMs }: Pick<GapFact, 'header' | 'receivedAtMs'>): ReadLine {
  const atMs = observedAtMs({ atMs: BigInt(header.atMs) }, { receivedAtMs, clockOffsetMs: 0 })
  const frames = header.last - header.first + 1
  return {
    atMs,
    epoch: header.epoch,
    sequence: header.last,
    index: 0,
    source: AGENT_SOURCE,
    unit: '',
    severity: LOSS_SEVERITY,
    message: `${frames} frame${frames === 1 ? '' : 's'} of lines never came: ${WHY_FRAMES[header.reason] ?? 'the agent does not say why'}`,
    dropped: { reason: 'gap', lines: 0, bytes: 0, from: atMs, until: atMs },
  }
}

/** A read line as it is answered. */
export const asLogLine = (line: ReadLine, agent: string): LogLine => ({
  id: lineId({ agent, epoch: line.epoch, sequence: line.sequence, index: line.index }),
  time: line.atMs,
  agent,
  source: line.source,
  unit: line.unit === '' ? null : line.unit,
  severity: logSeverityName(line.severity),
  message: line.message,
  ...(line.dropped && { dropped: line.dropped }),
})

const WHY_FRAMES: Readonly<Record<number, string>> = {
  [GapReason.SPOOL_FULL]: 'the host had no room to keep them',
  [GapReason.FREED]: 'the log lost them after the host had let them go',
  [GapReason.REFUSED]: 'they were refused as malformed',
  [GapReason.CORRUPT]: 'they were damaged on the host’s disk',
  [GapReason.LEFT_BEHIND]: 'the chain before could not go on',
}

const WHY: Readonly<Record<Dropped['reason'], string>> = {
  unspecified: 'dropped by the agent',
  rate: 'not sent: the source wrote more than its limit',
  spool_full: 'lost: the host had no room to keep them',
  file_gone: 'lost: the file went before it was read to its end',
  gap: 'lost',
}

function lossLine(frame: LogFrame, loss: LogDropped, source: string): ReadLine {
  const [from, until] = [loss.fromMs, loss.untilMs].map((atMs) => observedAtMs({ atMs }, frame))
  const atMs = until ?? frame.receivedAtMs
  const reason = LOG_LOSSES[loss.reason] ?? 'unspecified'
  const lines = Number(loss.lines)
  return {
    atMs,
    epoch: frame.header.epoch,
    sequence: frame.header.sequence,
    index: 0,
    source,
    unit: '',
    severity: LOSS_SEVERITY,
    message: `${lines === 0 ? 'lines' : `${lines} line${lines === 1 ? '' : 's'}`} ${WHY[reason]}`,
    dropped: { reason, lines, bytes: Number(loss.bytes), from: from ?? atMs, until: atMs },
  }
}

// A text column takes no NUL, and a truncated file is full of them: one bad byte must not cost the frame.
const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)
