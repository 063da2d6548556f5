// The lines of a script, in order.

import { TimelineFault } from './fault.ts'
import { parseExpectations, type Expectation } from './happening.ts'
import type { PlacedInput } from './input.ts'
import { parseInput } from './parse-input.ts'
import { spanOf, type Calendar, type Span } from './times.ts'
import { splitLine, type SplitLine } from './words.ts'

export type TimelineLine = {
  /** In the file, from 1. */
  readonly number: number
  readonly text: string
  readonly span: Span
  readonly inputs: readonly PlacedInput[]
  readonly expected: readonly Expectation[]
}

/** @param firstLine in the file, of the text's first line @throws TimelineFault */
export function parseTimeline(text: string, firstLine: number, calendar: Calendar): TimelineLine[] {
  const lines: TimelineLine[] = []
  text.split(/\r?\n/).forEach((raw, i) => {
    const split = splitLine(raw, firstLine + i)
    if (!split) return
    const last = lines.at(-1)
    const line = { raw, number: firstLine + i, last }
    if (split.time) lines.push(lineOf(split, line, calendar))
    else lines.splice(-1, 1, continued(split, line))
  })
  return lines
}

type Raw = { readonly raw: string; readonly number: number; readonly last: TimelineLine | undefined }

function lineOf(
  { time, inputs, expected }: SplitLine,
  { raw, number, last }: Raw,
  calendar: Calendar,
): TimelineLine {
  const before = last?.span.untilMs ?? 0
  return {
    number,
    text: raw.trim(),
    span: time ? spanOf(time, before, calendar) : { fromMs: before, untilMs: before },
    inputs: inputs.map(parseInput),
    expected: parseExpectations(expected, raw),
  }
}

function continued({ inputs, expected }: SplitLine, { raw, number, last }: Raw): TimelineLine {
  const [input] = inputs
  if (!last || input)
    throw new TimelineFault('a line begins with its time', input?.[0] ?? { line: number, column: 1 })
  return { ...last, expected: [...last.expected, ...parseExpectations(expected, raw)] }
}
