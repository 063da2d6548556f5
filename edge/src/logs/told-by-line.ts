// What a line says of itself: when it was written and how bad it is.

import { LogSeverity } from '@secumon/contracts/gen/log'
import { timeOfText, timeOfValue } from './line-time.ts'
import { severityOfLevel, severityOfText } from './severity.ts'

export type Told = { readonly atMs: number | undefined; readonly severity: LogSeverity }

/** Longer ones are not parsed: what they say of themselves is not worth the time. */
const MAX_JSON_LENGTH = 16 * 1024
const TIMES = ['time', 'ts', 'timestamp', '@timestamp'] as const
const LEVELS = ['level', 'severity', 'lvl', 'log.level'] as const

export function toldByLine(text: string, nowMs: number): Told {
  const fields = text.startsWith('{') && text.length <= MAX_JSON_LENGTH ? parsed(text) : undefined
  if (!fields) return { atMs: timeOfText(text, nowMs), severity: severityOfText(text) }
  return {
    atMs: first(TIMES, (name) => timeOfValue(fields[name], nowMs)),
    severity: first(LEVELS, (name) => severityOfLevel(fields[name]) || undefined) ?? LogSeverity.UNSPECIFIED,
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function first<Name, Value>(
  names: readonly Name[],
  look: (name: Name) => Value | undefined,
): Value | undefined {
  for (const name of names) {
    const found = look(name)
    if (found !== undefined) return found
  }
  return undefined
}
