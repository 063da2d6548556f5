// A line as an entry of Loki and back. Labels are few (tenant, agent, source, severity): each combination is a stream.
// Place and unit are structured metadata.

import { LOG_SEVERITIES, logSeverityName } from '@secumon/contracts/log-severity'
import { lineId, linePlace, type Dropped, type LinePlace, type LogLine } from '../queries/log-line.ts'
import type { ReadLine } from '../frame-lines.ts'
import type { AnsweredStream } from './loki-answers.ts'

const NS_PER_MS = 1_000_000n
const SEQUENCES = 10
const INDEXES = 100_000

/**
 * Loki takes two entries of a stream with the same time and text for one: lines of the same millisecond are set apart by
 * their place, which also gives them an order, and the same one however often they are sent.
 */
export const entryNs = (atMs: number, { sequence, index }: Pick<LinePlace, 'sequence' | 'index'>): bigint =>
  BigInt(atMs) * NS_PER_MS + BigInt((sequence % SEQUENCES) * INDEXES + (index % INDEXES))

/** The first moment of a millisecond. */
export const startNs = (atMs: number): bigint => BigInt(atMs) * NS_PER_MS

export type Entry = [ns: string, line: string, metadata: Record<string, string>]
export type Stream = { stream: Record<string, string>; values: Entry[] }

export const labelsOf = (tenant: string, agent: string, line: ReadLine): Record<string, string> => ({
  tenant,
  agent,
  source: line.source,
  severity: logSeverityName(line.severity),
})

export const entryOf = (line: ReadLine): Entry => [
  String(entryNs(line.atMs, line)),
  line.message,
  {
    place: `${line.epoch}.${line.sequence}.${line.index}`,
    ...(line.unit !== '' && { unit: line.unit }),
    ...(line.dropped && { dropped: JSON.stringify(line.dropped) }),
  },
]

export type Found = { readonly ns: bigint; readonly line: LogLine }

/** The lines of an answer; what somebody else has put into these streams is left out. */
export function foundIn(streams: readonly AnsweredStream[]): Found[] {
  return streams.flatMap(({ labels, entries }) =>
    entries.flatMap(({ ns, message, metadata }) => {
      // Without the flag that sets them apart, metadata come among the labels.
      const line = lineOf({ ...labels, ...metadata }, Number(ns / NS_PER_MS), message)
      return line ? [{ ns, line }] : []
    }),
  )
}

function lineOf(texts: Readonly<Record<string, string>>, time: number, message: string): LogLine | undefined {
  const place = linePlace(`${texts['agent']}.${texts['place']}`)
  if (!place) return undefined
  const { dropped, unit = null, source = '', severity = '' } = texts
  return {
    id: lineId(place),
    time,
    agent: place.agent,
    source,
    unit,
    severity: LOG_SEVERITIES.find((name) => name === severity) ?? 'none',
    message,
    ...(dropped !== undefined && { dropped: JSON.parse(dropped) as Dropped }),
  }
}
