// A frame of lane `logs` as people and programs read it: how many lines of what, or each of them. Times are the agent's.

import type { JsonObject } from '@bufbuild/protobuf'
import type { LogLines } from '@secumon/contracts/gen/log'
import { readLogFrame } from '@secumon/contracts/log-lines'
import { LOG_LOSSES, logSeverityName } from '@secumon/contracts/log-severity'

/** How many lines there are, of which sources, and how many were dropped. @throws MalformedLogBlock */
export function logSummary(frame: Uint8Array): JsonObject {
  const blocks = [...readLogFrame(frame)]
  const lost = blocks.flatMap(({ dropped }) => dropped.map(({ lines }) => Number(lines)))
  return {
    lines: blocks.reduce((sum, { message }) => sum + message.length, 0),
    sources: [...new Set(blocks.flatMap(({ sources }) => sources))],
    ...(lost.length > 0 && { dropped: lost.reduce((sum, lines) => sum + lines, 0) }),
  }
}

/** Every line and every loss. @throws MalformedLogBlock */
export const logContent = (frame: Uint8Array): JsonObject => {
  const blocks = [...readLogFrame(frame)]
  return { lines: blocks.flatMap(linesOf), dropped: blocks.flatMap(lossesOf) }
}

const linesOf = ({ atMs, source, sources, unit, units, severity, message }: LogLines): JsonObject[] =>
  message.map((text, i) => {
    const named = units[(unit[i] ?? 0) - 1]
    return {
      at: iso(atMs[i] ?? 0n),
      source: sources[source[i] ?? 0] ?? '',
      ...(named !== undefined && { unit: named }),
      severity: logSeverityName(severity[i] ?? 0),
      message: text,
    }
  })

const lossesOf = ({ dropped, sources }: LogLines): JsonObject[] =>
  dropped.map(({ source, lines, bytes, fromMs, untilMs, reason }) => ({
    source: sources[source] ?? '',
    lines: Number(lines),
    bytes: Number(bytes),
    from: iso(fromMs),
    until: iso(untilMs),
    reason: LOG_LOSSES[reason] ?? 'unspecified',
  }))

const iso = (ms: bigint): string => new Date(Number(ms)).toISOString()
